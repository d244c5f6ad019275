import { stepFunctions } from '../../layers/adapters/aws/machines';
import { s3Objects } from '../../layers/adapters/aws/objects';
import { ssmSecrets } from '../../layers/adapters/aws/secrets';
import { clusterGate } from '../../layers/adapters/bridge/cluster-gate';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { workerProviders } from '../../layers/adapters/providers';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, provisionWorkerHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) => {
  const secrets = ssmSecrets();
  const gate = clusterGate(env, secrets);
  const stores = dynamoStores(env.TABLE_NAME);
  return provisionWorkerHandler({
    ...{ stores, gate },
    objects: s3Objects(env.BUCKET_NAME),
    machines: stepFunctions({}),
    providers: workerProviders(env, stores, gate, secrets),
    installation: env.INSTALLATION,
    secrets,
    settings: { masterSecretName: env.MASTER_SECRET_NAME, baseUrlParameter: env.BASE_URL_PARAMETER },
    now: () => new Date(),
  });
});
