import { Env as AcceptCallback } from '../functions/accept-callback/env';
import { Env as ServeApi } from '../functions/serve-api/env';
import { Env as ServePage } from '../functions/serve-page/env';
import { Env as ServeSites } from '../functions/serve-sites/env';
import { ENDS_JOBS, type FunctionSpec } from './function-spec';

/** The functions behind the API's gateway that read no listing. */
export const API_FUNCTION_SPECS: Readonly<Record<string, FunctionSpec>> = {
  'accept-callback': {
    env: AcceptCallback,
    memoryMb: 512,
    timeoutSeconds: 29,
    // Links are worth what the function may do itself.
    grants: {
      ...ENDS_JOBS,
      reads: ['reports/', 'attempts/', 'rescued/', 'brought/'],
      writes: ['reports/', 'rescued/', 'brought/'],
      secrets: ['master'],
    },
    linksKit: true,
  },
  'serve-api': {
    env: ServeApi,
    memoryMb: 512,
    timeoutSeconds: 29,
    grants: {
      table: 'write',
      tokens: true,
      reads: ['sources/', 'plans/', 'exports/'],
      starts: ['check-source', 'process-batch', 'sweep-results', 'heartbeat', 'add-sources', 'export-runs', 'tend-home', 'reap-workers'],
    },
  },
  // Claims dispatch as the heartbeat does, without the bridge: space at home is as the heartbeat measured it.
  'serve-sites': {
    env: ServeSites,
    memoryMb: 512,
    timeoutSeconds: 29,
    grants: {
      ...ENDS_JOBS,
      reads: ['plans/', 'attempts/', 'sources/'],
      writes: ['attempts/', 'reports/'],
      secrets: ['master', 'base-url'],
      starts: ['process-batch', 'publish-source'],
    },
  },
  'serve-page': { env: ServePage, memoryMb: 256, timeoutSeconds: 29, grants: {} },
};
