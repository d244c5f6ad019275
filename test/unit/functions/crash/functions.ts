/** The functions of the machines and routes under test, each made anew for every run of it, from the ports that this run is given. */
import { acceptCallbackHandler } from '../../../../functions/accept-callback/handler';
import { awaitStartedHandler } from '../../../../functions/await-started/handler';
import { awaitSweptHandler } from '../../../../functions/await-swept/handler';
import { indexSourceHandler } from '../../../../functions/index-source/handler';
import { probeJobsHandler } from '../../../../functions/probe-jobs/handler';
import { probeWorkerHandler } from '../../../../functions/probe-worker/handler';
import { provisionWorkerHandler } from '../../../../functions/provision-worker/handler';
import { reapWorkersHandler } from '../../../../functions/reap-workers/handler';
import { releaseWorkerHandler } from '../../../../functions/release-worker/handler';
import { runJobHandler } from '../../../../functions/run-job/handler';
import { runTickHandler, type TickDeps } from '../../../../functions/run-tick/handler';
import { selectSweepsHandler } from '../../../../functions/select-sweeps/handler';
import { settleBatchHandler } from '../../../../functions/settle-batch/handler';
import { settleExecutionHandler } from '../../../../functions/settle-execution/handler';
import { settleSourceHandler } from '../../../../functions/settle-source/handler';
import { settleSweepHandler } from '../../../../functions/settle-sweep/handler';
import { tidyInstallationHandler } from '../../../../functions/tidy-installation/handler';
import { verifyResultsHandler } from '../../../../functions/verify-results/handler';
import type { CallbackDeps } from '../../../../layers/core/callbacks/serve';
import type { World } from '../life/world';

type Made = (payload: never) => Promise<unknown>;
export type AllDeps = World['deps'] &
  Omit<TickDeps, 'settings'> &
  CallbackDeps &
  Pick<Parameters<typeof probeJobsHandler>[0], 'archive' | 'rules' | 'early'> &
  Pick<Parameters<typeof tidyInstallationHandler>[0], 'retention' | 'versions'> &
  Parameters<typeof verifyResultsHandler>[0];

/** By the name of their Task state. */
export const FUNCTIONS: Readonly<Record<string, (deps: AllDeps) => Made>> = {
  ProvisionWorker: (deps) => provisionWorkerHandler(deps),
  AwaitStarted: (deps) => awaitStartedHandler(deps),
  RunJob: (deps) => runJobHandler(deps),
  ProbeWorker: (deps) => probeWorkerHandler(deps),
  AwaitSwept: (deps) => awaitSweptHandler(deps),
  ReleaseWorker: (deps) => releaseWorkerHandler(deps),
  SettleBatch: (deps) => settleBatchHandler(deps),
  SelectSweeps: (deps) => selectSweepsHandler(deps),
  VerifyResults: (deps) => verifyResultsHandler(deps),
  SettleSweep: (deps) => settleSweepHandler(deps),
  IndexSource: (deps) => indexSourceHandler(deps),
  SettleSource: (deps) => settleSourceHandler(deps),
  RunTick: (deps) => runTickHandler({ ...deps, settings: { startDeadlineSeconds: 600 } }),
  ProbeJobs: (deps) => probeJobsHandler(deps),
  ReapWorkers: (deps) => reapWorkersHandler(deps),
  TidyInstallation: (deps) => tidyInstallationHandler(deps),
  SettleExecution: (deps) => settleExecutionHandler(deps),
  AcceptCallback: (deps) => acceptCallbackHandler(deps),
};
