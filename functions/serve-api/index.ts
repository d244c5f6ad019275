import { randomUUID } from 'node:crypto';
import { stepFunctions } from '../../layers/adapters/aws/machines';
import { s3GetLinks } from '../../layers/adapters/aws/links';
import { s3Objects } from '../../layers/adapters/aws/objects';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { apiLambda } from '../../layers/runtime/api-lambda';
import { logWarning } from '../../layers/runtime/telemetry';
import { version } from '../../package.json';
import { Env } from './env';
import { serveApiRoutes } from './handler';

export const handler = apiLambda(Env, (env) => {
  const stores = dynamoStores(env.TABLE_NAME);
  const routes = serveApiRoutes({
    ...{ stores, version, newId: randomUUID, linkTo: s3GetLinks(env.BUCKET_NAME) },
    objects: s3Objects(env.BUCKET_NAME),
    machines: stepFunctions(env.MACHINES),
    places: { installation: env.INSTALLATION, cluster: env.CLUSTER, bucket: env.BUCKET_NAME, machines: env.MACHINES },
    ...{ filterDefaults: env.FILTER_DEFAULTS, caps: env.CAPS, budget: env.BUDGET, pipelines: env.PIPELINES, taskLimits: env.CLUSTER.tasks },
    holdSeconds: env.HOLD_SECONDS,
    now: () => new Date(),
    warn: logWarning,
  });
  return { tokens: stores.tokens, routes };
});
