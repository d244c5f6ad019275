import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, selectSweepsHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) =>
  selectSweepsHandler({
    stores: dynamoStores(env.TABLE_NAME),
    now: () => new Date(),
  }),
);
