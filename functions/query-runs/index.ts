import { s3Objects } from '../../layers/adapters/aws/objects';
import { duckDbTables } from '../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../layers/adapters/duckdb/workspace';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { listingRoutes } from '../../layers/core/api/listing-routes';
import { previewRoute } from '../../layers/core/api/filter-routes';
import { apiLambda } from '../../layers/runtime/api-lambda';
import { Env } from './env';
import { queryRoutes } from './handler';

export const handler = apiLambda(Env, (env) => {
  const stores = dynamoStores(env.TABLE_NAME);
  const objects = s3Objects(env.BUCKET_NAME);
  const tables = duckDbTables({ memoryMb: 512 });
  const judging = { filterDefaults: env.FILTER_DEFAULTS, stage: env.WORKFLOW[0] };
  const deps = { stores, objects, tables, withWorkspace: temporaryWorkspace, now: () => new Date(), ...judging };
  return { tokens: stores.tokens, routes: [...queryRoutes(deps), previewRoute(deps), ...listingRoutes(deps)] };
});
