import { s3Objects } from '../../layers/adapters/aws/objects';
import { ssmSecrets } from '../../layers/adapters/aws/secrets';
import { sshGate } from '../../layers/adapters/bridge/ssh-gate';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, tidyInstallationHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) => {
  const secrets = ssmSecrets();
  return tidyInstallationHandler({
    stores: dynamoStores(env.TABLE_NAME),
    objects: s3Objects(env.BUCKET_NAME),
    gate: sshGate(env.CLUSTER, () => secrets.get(env.SSH_KEY_PARAMETER)),
    retention: env.RETENTION,
    partition: env.CLUSTER.dataPartition,
    installation: env.INSTALLATION,
    now: () => new Date(),
  });
});
