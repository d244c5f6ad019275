import { setTimeout as delay } from 'node:timers/promises';
import { s3Objects } from '../../layers/adapters/aws/objects';
import { duckDbTables } from '../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../layers/adapters/duckdb/workspace';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { enaPortal } from '../../layers/adapters/ena/portal';
import { ENA_REQUEST_SECONDS } from '../../layers/core/discovery/ena-place';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, listRunsHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) =>
  listRunsHandler({
    stores: dynamoStores(env.TABLE_NAME),
    objects: s3Objects(env.BUCKET_NAME),
    ena: enaPortal({ portalUrl: env.ENA_PORTAL_URL, taxonomyUrl: env.ENA_TAXONOMY_URL, pauseSeconds: ENA_REQUEST_SECONDS }),
    tables: duckDbTables(),
    withWorkspace: temporaryWorkspace,
    ...{ listing: env.LISTING, filterDefaults: env.FILTER_DEFAULTS },
    now: () => new Date(),
    sleep: (seconds) => delay(seconds * 1000),
  }),
);
