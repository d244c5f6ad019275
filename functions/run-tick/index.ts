import { stepFunctions } from '../../layers/adapters/aws/machines';
import { s3Objects } from '../../layers/adapters/aws/objects';
import { ssmSecrets } from '../../layers/adapters/aws/secrets';
import { clusterGate } from '../../layers/adapters/bridge/cluster-gate';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { workerPrices } from '../../layers/adapters/prices';
import { startDeadlines } from '../../layers/adapters/start-deadlines';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, runTickHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) => {
  const secrets = ssmSecrets();
  return runTickHandler({
    stores: dynamoStores(env.TABLE_NAME),
    objects: s3Objects(env.BUCKET_NAME),
    machines: stepFunctions(env.MACHINES),
    gate: clusterGate(env, secrets),
    ...{ caps: env.CAPS, budget: env.BUDGET },
    settings: startDeadlines(env),
    longPendingSeconds: env.LONG_PENDING_SECONDS,
    prices: workerPrices(env, secrets),
    now: () => new Date(),
  });
});
