import { s3Objects } from '../../layers/adapters/aws/objects';
import { ssmSecrets } from '../../layers/adapters/aws/secrets';
import { temporaryWorkspace } from '../../layers/adapters/duckdb/workspace';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { workerPrices } from '../../layers/adapters/prices';
import { startDeadlines } from '../../layers/adapters/start-deadlines';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, planBatchesHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) =>
  planBatchesHandler({
    stores: dynamoStores(env.TABLE_NAME),
    objects: s3Objects(env.BUCKET_NAME),
    withWorkspace: temporaryWorkspace,
    now: () => new Date(),
    stage: env.WORKFLOW[0],
    batch: env.BATCH,
    poolWorkers: env.CAPS.pools,
    providers: Object.keys(env.CAPS.providers),
    settings: startDeadlines(env),
    prices: workerPrices(env, ssmSecrets()),
  }),
);
