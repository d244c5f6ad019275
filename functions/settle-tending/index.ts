import { stepFunctions } from '../../layers/adapters/aws/machines';
import { s3Objects } from '../../layers/adapters/aws/objects';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, settleTendingHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) =>
  settleTendingHandler({
    stores: dynamoStores(env.TABLE_NAME),
    objects: s3Objects(env.BUCKET_NAME),
    machines: stepFunctions({}),
    stage: env.WORKFLOW[0],
    now: () => new Date(),
  }),
);
