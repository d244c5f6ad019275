import { Env as AwaitStarted } from '../functions/await-started/env';
import { Env as AwaitSwept } from '../functions/await-swept/env';
import { Env as BeginTending } from '../functions/begin-tending/env';
import { Env as CompareListing } from '../functions/compare-listing/env';
import { Env as ExportRuns } from '../functions/export-runs/env';
import { Env as IndexSource } from '../functions/index-source/env';
import { Env as ListRuns } from '../functions/list-runs/env';
import { Env as PlanBatches } from '../functions/plan-batches/env';
import { Env as ProbeJobs } from '../functions/probe-jobs/env';
import { Env as ProbeWorker } from '../functions/probe-worker/env';
import { Env as ProvisionWorker } from '../functions/provision-worker/env';
import { Env as QueryRuns } from '../functions/query-runs/env';
import { Env as ReapWorkers } from '../functions/reap-workers/env';
import { Env as ReleaseWorker } from '../functions/release-worker/env';
import { Env as ResolveSources } from '../functions/resolve-sources/env';
import { Env as RunJob } from '../functions/run-job/env';
import { Env as RunTick } from '../functions/run-tick/env';
import { Env as SelectSweeps } from '../functions/select-sweeps/env';
import { Env as SettleBatch } from '../functions/settle-batch/env';
import { Env as SettleCycle } from '../functions/settle-cycle/env';
import { Env as SettleExecution } from '../functions/settle-execution/env';
import { Env as SettleOperation } from '../functions/settle-operation/env';
import { Env as SettleSource } from '../functions/settle-source/env';
import { Env as SettleSweep } from '../functions/settle-sweep/env';
import { Env as SettleTending } from '../functions/settle-tending/env';
import { Env as SubmitTending } from '../functions/submit-tending/env';
import { Env as TidyInstallation } from '../functions/tidy-installation/env';
import { Env as VerifyResults } from '../functions/verify-results/env';
import { API_FUNCTION_SPECS } from './api-function-specs';
import { BRIDGE, ENDS_JOBS, LISTING, type FunctionSpec } from './function-spec';

/** Every function, by folder name: its settings (env.ts), size, and what it may touch. A folder that is missing here fails the synthesis. */
export const FUNCTION_SPECS: Readonly<Record<string, FunctionSpec>> = {
  'list-runs': { env: ListRuns, ...LISTING, grants: { table: 'write', reads: ['listings/'], writes: ['listings/'] } },
  'compare-listing': { env: CompareListing, ...LISTING, grants: { table: 'read', reads: ['listings/', 'sources/'], writes: ['sources/'] } },
  'plan-batches': {
    env: PlanBatches,
    memoryMb: 1024,
    timeoutSeconds: 900,
    grants: { table: 'write', reads: ['sources/', 'plans/'], writes: ['plans/'], secrets: ['digitalocean-token'] },
  },
  'settle-cycle': { env: SettleCycle, grants: { table: 'write', reads: ['sources/'], starts: ['publish-source', 'heartbeat'] } },
  'resolve-sources': { env: ResolveSources, timeoutSeconds: 900, grants: { table: 'write', starts: ['heartbeat'] } },
  'settle-operation': { env: SettleOperation, grants: { table: 'write' } },
  // A preview of filters goes over all runs of a source, within the 29 s that API Gateway waits.
  'query-runs': {
    env: QueryRuns,
    ...LISTING,
    timeoutSeconds: 29,
    diskMb: 4096,
    grants: { table: 'read', reads: ['sources/', 'listings/'] },
  },
  'export-runs': {
    env: ExportRuns,
    ...LISTING,
    diskMb: 10_240,
    grants: { table: 'write', reads: ['sources/', 'listings/'], writes: ['exports/'] },
  },
  'provision-worker': {
    env: ProvisionWorker,
    ...BRIDGE,
    grants: {
      bridge: true,
      table: 'write',
      reads: ['plans/', 'attempts/'],
      writes: ['attempts/'],
      secrets: ['master', 'base-url', 'digitalocean-token'],
      answers: true,
    },
  },
  'await-started': { env: AwaitStarted, grants: { table: 'write', answers: true } },
  'run-job': { env: RunJob, grants: { table: 'write', answers: true } },
  'probe-worker': { env: ProbeWorker, ...BRIDGE, grants: { bridge: true, ...ENDS_JOBS, secrets: ['digitalocean-token'] } },
  'await-swept': { env: AwaitSwept, grants: { table: 'write', starts: ['sweep-results'], answers: true } },
  'release-worker': { env: ReleaseWorker, ...BRIDGE, grants: { bridge: true, table: 'write', secrets: ['digitalocean-token'] } },
  'settle-batch': {
    env: SettleBatch,
    grants: { table: 'write', reads: ['plans/', 'attempts/', 'reports/', 'sources/'], starts: ['publish-source', 'heartbeat'] },
  },
  'select-sweeps': { env: SelectSweeps, grants: { table: 'write' } },
  'verify-results': {
    env: VerifyResults,
    ...BRIDGE,
    grants: { bridge: true, table: 'write', reads: ['plans/', 'attempts/', 'reports/'], secrets: ['master', 'base-url'], answers: true },
  },
  'settle-sweep': {
    env: SettleSweep,
    grants: {
      table: 'write',
      reads: ['reports/', 'attempts/', 'plans/', 'sources/', 'brought/'],
      writes: ['reports/'],
      removes: ['brought/'],
      starts: ['publish-source', 'sweep-results'],
      answers: true,
    },
  },
  'index-source': {
    env: IndexSource,
    ...BRIDGE,
    memoryMb: 1024,
    grants: {
      bridge: true,
      table: 'write',
      reads: ['sources/', 'plans/'],
      writes: ['index/'],
      secrets: ['master', 'base-url'],
      answers: true,
    },
  },
  'settle-source': {
    env: SettleSource,
    grants: { table: 'write', reads: ['sources/', 'index/', 'reports/'], starts: ['publish-source'], answers: true },
  },
  'begin-tending': { env: BeginTending, grants: { table: 'write' } },
  'submit-tending': {
    env: SubmitTending,
    ...BRIDGE,
    memoryMb: 1024,
    timeoutSeconds: 300,
    grants: { bridge: true, table: 'write', reads: ['sources/'], writes: ['tending/'], secrets: ['master', 'base-url'], answers: true },
  },
  'settle-tending': {
    env: SettleTending,
    memoryMb: 1024,
    timeoutSeconds: 900,
    grants: { table: 'write', reads: ['reports/', 'sources/', 'tending/'], writes: ['tending/'], answers: true },
  },
  'run-tick': {
    env: RunTick,
    ...BRIDGE,
    timeoutSeconds: 300,
    memoryMb: 1024,
    grants: {
      bridge: true,
      table: 'write',
      reads: ['plans/', 'attempts/', 'sources/'],
      writes: ['attempts/'],
      secrets: ['digitalocean-token'],
      starts: ['check-source', 'process-batch', 'publish-source', 'sweep-results', 'add-sources', 'export-runs', 'tend-home'],
      answers: true,
    },
  },
  'probe-jobs': {
    env: ProbeJobs,
    ...BRIDGE,
    timeoutSeconds: 300,
    grants: {
      bridge: true,
      ...ENDS_JOBS,
      reads: ['attempts/', 'reports/'],
      secrets: ['digitalocean-token'],
      starts: ['publish-source', 'sweep-results'],
    },
  },
  'reap-workers': {
    env: ReapWorkers,
    ...BRIDGE,
    timeoutSeconds: 600,
    grants: {
      bridge: true,
      ...ENDS_JOBS,
      reads: ['attempts/', 'reports/', 'plans/', 'sources/'],
      secrets: ['digitalocean-token'],
      // Starts what settles an attempt, and lists and stops what runs.
      starts: ['process-batch', 'publish-source', 'check-source'],
      lists: ['process-batch'],
    },
  },
  'tidy-installation': {
    env: TidyInstallation,
    ...BRIDGE,
    timeoutSeconds: 900,
    grants: { bridge: true, table: 'write', reads: ['listings/', 'sources/'], removes: ['listings/', 'sources/'], removesVersions: true },
  },
  ...API_FUNCTION_SPECS,
  'settle-execution': {
    env: SettleExecution,
    grants: {
      ...ENDS_JOBS,
      reads: ['attempts/', 'reports/', 'plans/', 'sources/'],
      starts: ['process-batch', 'publish-source', 'check-source'],
    },
  },
};
