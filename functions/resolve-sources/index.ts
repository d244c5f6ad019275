import { setTimeout as delay } from 'node:timers/promises';
import { stepFunctions } from '../../layers/adapters/aws/machines';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { enaPortal } from '../../layers/adapters/ena/portal';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { Input, resolveSourcesHandler } from './handler';

export const handler = taskLambda(Env, Input, (env) =>
  resolveSourcesHandler({
    stores: dynamoStores(env.TABLE_NAME),
    machines: stepFunctions(env.MACHINES),
    ena: enaPortal({ portalUrl: env.ENA_PORTAL_URL, taxonomyUrl: env.ENA_TAXONOMY_URL }),
    defaults: env.SOURCE_DEFAULTS,
    now: () => new Date(),
    sleep: (seconds) => delay(seconds * 1000),
  }),
);
