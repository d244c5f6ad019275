import { ssmSecrets } from '../../layers/adapters/aws/secrets';
import { sshGate } from '../../layers/adapters/bridge/ssh-gate';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { slurmProvider } from '../../layers/adapters/slurm/provider';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, releaseWorkerHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) => {
  const secrets = ssmSecrets();
  const gate = sshGate(env.CLUSTER, () => secrets.get(env.SSH_KEY_PARAMETER));
  return releaseWorkerHandler({
    stores: dynamoStores(env.TABLE_NAME),
    provider: slurmProvider(gate, { installation: env.INSTALLATION, partition: env.CLUSTER.partition }),
    installation: env.INSTALLATION,
    now: () => new Date(),
  });
});
