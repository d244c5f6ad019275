import { stepFunctions } from '../../layers/adapters/aws/machines';
import { s3Objects } from '../../layers/adapters/aws/objects';
import { ssmSecrets } from '../../layers/adapters/aws/secrets';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { apiLambda } from '../../layers/runtime/api-lambda';
import { Env } from './env';
import { serveSitesRoutes } from './handler';

export const handler = apiLambda(Env, (env) => {
  const stores = dynamoStores(env.TABLE_NAME);
  const names = { masterSecretName: env.MASTER_SECRET_NAME, baseUrlParameter: env.BASE_URL_PARAMETER };
  const routes = serveSitesRoutes({
    ...{ stores, secrets: ssmSecrets(), installation: env.INSTALLATION, now: () => new Date() },
    objects: s3Objects(env.BUCKET_NAME),
    machines: stepFunctions(env.MACHINES),
    ...{ caps: env.CAPS, budget: env.BUDGET, leaseSeconds: env.LEASE_SECONDS },
    settings: { ...names, startDeadlineSeconds: env.START_DEADLINE_SECONDS },
  });
  return { tokens: stores.tokens, routes };
});
