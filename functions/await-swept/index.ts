import { stepFunctions } from '../../layers/adapters/aws/machines';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { awaitSweptHandler, Input } from './handler';

export const handler = taskLambda(Env, Input, (env) =>
  awaitSweptHandler({
    stores: dynamoStores(env.TABLE_NAME),
    machines: stepFunctions(env.MACHINES),
    now: () => new Date(),
  }),
);
