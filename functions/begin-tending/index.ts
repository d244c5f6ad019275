import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { beginTendingHandler, Input } from './handler';

export const handler = taskLambda(Env, Input, (env) =>
  beginTendingHandler({ stores: dynamoStores(env.TABLE_NAME), days: env.VERIFY.days }),
);
