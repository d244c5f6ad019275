import { stepFunctions } from '../../layers/adapters/aws/machines';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { awaitStartedHandler, Input } from './handler';

export const handler = taskLambda(Env, Input, (env) =>
  awaitStartedHandler({
    stores: dynamoStores(env.TABLE_NAME),
    machines: stepFunctions({}),
    now: () => new Date(),
  }),
);
