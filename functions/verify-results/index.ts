import { stepFunctions } from '../../layers/adapters/aws/machines';
import { s3Objects } from '../../layers/adapters/aws/objects';
import { ssmSecrets } from '../../layers/adapters/aws/secrets';
import { clusterGate } from '../../layers/adapters/bridge/cluster-gate';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, verifyResultsHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) => {
  const secrets = ssmSecrets();
  const gate = clusterGate(env, secrets);
  return verifyResultsHandler({
    stores: dynamoStores(env.TABLE_NAME),
    objects: s3Objects(env.BUCKET_NAME),
    machines: stepFunctions({}),
    gate,
    installation: env.INSTALLATION,
    secrets,
    settings: { masterSecretName: env.MASTER_SECRET_NAME, baseUrlParameter: env.BASE_URL_PARAMETER },
    moving: { ...env.CLUSTER, partition: env.CLUSTER.dataPartition ?? env.CLUSTER.partition },
    now: () => new Date(),
  });
});
