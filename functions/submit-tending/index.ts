import { stepFunctions } from '../../layers/adapters/aws/machines';
import { s3Objects } from '../../layers/adapters/aws/objects';
import { ssmSecrets } from '../../layers/adapters/aws/secrets';
import { clusterGate } from '../../layers/adapters/bridge/cluster-gate';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, submitTendingHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) => {
  const secrets = ssmSecrets();
  const gate = clusterGate(env, secrets);
  const stores = dynamoStores(env.TABLE_NAME);
  const [objects, machines] = [s3Objects(env.BUCKET_NAME), stepFunctions({})];
  return submitTendingHandler({
    ...{ stores, objects, machines, gate, secrets, installation: env.INSTALLATION, now: () => new Date(), stage: env.WORKFLOW[0] },
    settings: { masterSecretName: env.MASTER_SECRET_NAME, baseUrlParameter: env.BASE_URL_PARAMETER },
    moving: { ...env.CLUSTER, partition: env.CLUSTER.dataPartition ?? env.CLUSTER.partition },
    limits: { maxBytes: env.VERIFY.maxBytes, homeFreeBytesMin: env.CAPS.homeFreeBytesMin },
  });
});
