import { stepFunctions } from '../../layers/adapters/aws/machines';
import { s3Objects } from '../../layers/adapters/aws/objects';
import { ssmSecrets } from '../../layers/adapters/aws/secrets';
import { clusterGate } from '../../layers/adapters/bridge/cluster-gate';
import { enaFiles } from '../../layers/adapters/ena/files';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { workerProviders } from '../../layers/adapters/providers';
import { EARLY_RULES } from '../../layers/core/dispatch/judge-early';
import { HOLD_RULES } from '../../layers/core/dispatch/judge-hold';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, probeJobsHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) => {
  const secrets = ssmSecrets();
  const gate = clusterGate(env, secrets);
  const stores = dynamoStores(env.TABLE_NAME);
  const [objects, machines] = [s3Objects(env.BUCKET_NAME), stepFunctions(env.MACHINES)];
  const providers = workerProviders(env, stores, gate, secrets);
  const holds = { budget: env.BUDGET, archive: enaFiles(), rules: { ...HOLD_RULES, holdSeconds: env.HOLD_SECONDS } };
  const deps = { stores, objects, machines, gate, providers, ...holds, installation: env.INSTALLATION, now: () => new Date() };
  return probeJobsHandler({ ...deps, early: { ...EARLY_RULES, ...env.DROPLET } });
});
