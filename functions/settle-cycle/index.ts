import { stepFunctions } from '../../layers/adapters/aws/machines';
import { s3Objects } from '../../layers/adapters/aws/objects';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, settleCycleHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) =>
  settleCycleHandler({
    stores: dynamoStores(env.TABLE_NAME),
    machines: stepFunctions(env.MACHINES),
    objects: s3Objects(env.BUCKET_NAME),
    now: () => new Date(),
  }),
);
