import { stepFunctions } from '../../layers/adapters/aws/machines';
import { s3Objects } from '../../layers/adapters/aws/objects';
import { ssmSecrets } from '../../layers/adapters/aws/secrets';
import { sshGate } from '../../layers/adapters/bridge/ssh-gate';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { slurmProvider } from '../../layers/adapters/slurm/provider';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, probeJobsHandler } from './handler';

export const handler = taskLambda(Env, Input, ({ INSTALLATION: installation, CLUSTER: cluster, ...env }) => {
  const secrets = ssmSecrets();
  const gate = sshGate(cluster, () => secrets.get(env.SSH_KEY_PARAMETER));
  const provider = slurmProvider(gate, { installation, partition: cluster.partition });
  const stores = dynamoStores(env.TABLE_NAME);
  const [objects, machines] = [s3Objects(env.BUCKET_NAME), stepFunctions(env.MACHINES)];
  return probeJobsHandler({ stores, objects, machines, gate, provider, installation, now: () => new Date() });
});
