import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, settleOperationHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) =>
  settleOperationHandler({ stores: dynamoStores(env.TABLE_NAME), now: () => new Date() }),
);
