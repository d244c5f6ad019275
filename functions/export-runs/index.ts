import { s3Objects } from '../../layers/adapters/aws/objects';
import { duckDbTables } from '../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../layers/adapters/duckdb/workspace';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { exportRunsHandler, Input } from './handler';

export const handler = taskLambda(Env, Input, (env) =>
  exportRunsHandler({
    stores: dynamoStores(env.TABLE_NAME),
    objects: s3Objects(env.BUCKET_NAME),
    tables: duckDbTables({ memoryMb: 768 }),
    withWorkspace: temporaryWorkspace,
    root: env.CLUSTER.root,
    now: () => new Date(),
  }),
);
