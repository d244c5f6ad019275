import { lambdaVersions } from '../../layers/adapters/aws/function-versions';
import { s3Objects } from '../../layers/adapters/aws/objects';
import { ssmSecrets } from '../../layers/adapters/aws/secrets';
import { clusterGate } from '../../layers/adapters/bridge/cluster-gate';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, tidyInstallationHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) => {
  const secrets = ssmSecrets();
  return tidyInstallationHandler({
    stores: dynamoStores(env.TABLE_NAME),
    objects: s3Objects(env.BUCKET_NAME),
    gate: clusterGate(env, secrets),
    retention: env.RETENTION,
    versions: lambdaVersions(env.FUNCTIONS),
    partition: env.CLUSTER.dataPartition,
    installation: env.INSTALLATION,
    now: () => new Date(),
  });
});
