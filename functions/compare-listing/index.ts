import { s3Objects } from '../../layers/adapters/aws/objects';
import { duckDbTables } from '../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../layers/adapters/duckdb/workspace';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { compareListingHandler, Input } from './handler';

export const handler = taskLambda(Env, Input, (env) =>
  compareListingHandler({
    stores: dynamoStores(env.TABLE_NAME),
    objects: s3Objects(env.BUCKET_NAME),
    // A first listing of a million runs does not fit 256 MB; with 512 the whole process stays below the function's memory.
    tables: duckDbTables({ memoryMb: 512 }),
    withWorkspace: temporaryWorkspace,
    now: () => new Date(),
    fileBaseUrl: env.ENA_FILE_BASE_URL,
    filterDefaults: env.FILTER_DEFAULTS,
    stage: env.WORKFLOW[0],
  }),
);
