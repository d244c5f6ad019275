/** One installation in memory: every function that takes part in the life of a batch, as deployed, over the fakes that the contract tests hold to the real ones. */
import { acceptCallbackHandler } from '../../../functions/accept-callback/handler';
import { awaitStartedHandler } from '../../../functions/await-started/handler';
import { awaitSweptHandler } from '../../../functions/await-swept/handler';
import { indexSourceHandler } from '../../../functions/index-source/handler';
import { probeJobsHandler } from '../../../functions/probe-jobs/handler';
import { probeWorkerHandler } from '../../../functions/probe-worker/handler';
import { provisionWorkerHandler } from '../../../functions/provision-worker/handler';
import { reapWorkersHandler } from '../../../functions/reap-workers/handler';
import { releaseWorkerHandler } from '../../../functions/release-worker/handler';
import { runJobHandler } from '../../../functions/run-job/handler';
import { runTickHandler } from '../../../functions/run-tick/handler';
import { selectSweepsHandler } from '../../../functions/select-sweeps/handler';
import { settleBatchHandler } from '../../../functions/settle-batch/handler';
import { settleExecutionHandler } from '../../../functions/settle-execution/handler';
import { settleSourceHandler } from '../../../functions/settle-source/handler';
import { settleSweepHandler } from '../../../functions/settle-sweep/handler';
import { tidyInstallationHandler } from '../../../functions/tidy-installation/handler';
import { verifyResultsHandler } from '../../../functions/verify-results/handler';
import { dropletProvider } from '../../../layers/adapters/digitalocean/provider';
import type { DigitalOcean } from '../../../layers/adapters/digitalocean/client';
import { MEMORY_SIZES } from '../../../layers/adapters/fakes/digitalocean';
import type { MemoryObjects } from '../../../layers/adapters/fakes/objects';
import { slurmProvider } from '../../../layers/adapters/slurm/provider';
import { EARLY_RULES } from '../../../layers/core/dispatch/judge-early';
import { HOLD_RULES } from '../../../layers/core/dispatch/judge-hold';
import type { Budget } from '../../../layers/core/money/budget';
import type { Gate, Machines, WorkerProvider } from '../../../layers/core/ports/outside';
import type { Stores } from '../../../layers/core/ports/stores';
import type { Handlers } from '../functions/life/asl-runner';

export const INSTALLATION = 'trawl-day';
export const MASTER = 'the master secret of that day';
export const CAPS = {
  ...{ total: 60, pools: { scheduled: 50, manual: 30 }, providers: { droplet: 45, slurm: 20 } },
  ...{ perSource: 20, homeFreeBytesMin: 0, homeFactor: 1, cyclesAtOnce: 2 },
};
export const BUDGET: Budget = { dollarsPerDay: 45, dollarsPerMonth: 1_000, timeZone: 'UTC' };
export const HOLD_SECONDS = 4 * 3600;
const EGRESS = 0.01;

export interface Parts {
  readonly stores: Stores;
  readonly objects: MemoryObjects;
  readonly machines: Machines;
  readonly gate: Gate;
  readonly client: DigitalOcean;
  readonly now: () => Date;
}

const rateOf = (provider: string) =>
  provider === 'droplet'
    ? { dollarsPerHour: Math.max(...MEMORY_SIZES.map(({ price_hourly: price }) => price)), egressDollarsPerGib: EGRESS }
    : { dollarsPerHour: 0, egressDollarsPerGib: 0 };

/** Each function has its own copy of what a process keeps. */
const providersOf = ({ client, gate, now }: Parts): ReadonlyMap<string, WorkerProvider> =>
  new Map([
    ['slurm', slurmProvider(gate, { installation: INSTALLATION })],
    [
      'droplet',
      dropletProvider(
        client,
        {
          ...{ installation: INSTALLATION, regions: ['fra1', 'ams3'], image: 'ubuntu-24-04-x64' },
          ...{ maxDollarsPerHour: 0.2, egressDollarsPerGib: EGRESS },
        },
        now,
      ),
    ],
  ]);

export function functionsOf(parts: Parts): Handlers {
  const secrets = { get: async (name: string) => (name === 'base' ? 'http://127.0.0.1:1/' : MASTER) };
  const settings = { masterSecretName: 'master', baseUrlParameter: 'base' };
  const common = { ...parts, secrets, settings, installation: INSTALLATION, budget: BUDGET, moving: { partition: 'data' } };
  const deps = () => ({ ...common, providers: providersOf(parts) });
  const prices = async () => rateOf;
  return {
    ProvisionWorker: provisionWorkerHandler(deps()),
    AwaitStarted: awaitStartedHandler(common),
    RunJob: runJobHandler(common),
    ProbeWorker: probeWorkerHandler(deps()),
    AwaitSwept: awaitSweptHandler(common),
    ReleaseWorker: releaseWorkerHandler(deps()),
    SettleBatch: settleBatchHandler(common),
    SelectSweeps: selectSweepsHandler(common),
    VerifyResults: verifyResultsHandler(common),
    SettleSweep: settleSweepHandler(common),
    IndexSource: indexSourceHandler(common),
    SettleSource: settleSourceHandler(common),
    RunTick: runTickHandler({ ...common, caps: CAPS, prices, settings: { startDeadlineSeconds: 600 } }),
    ProbeJobs: probeJobsHandler({
      ...deps(),
      archive: { serves: async () => ({ outcome: 'same' }) },
      rules: { ...HOLD_RULES, holdSeconds: HOLD_SECONDS },
      early: EARLY_RULES,
    }),
    ReapWorkers: reapWorkersHandler(deps()),
    TidyInstallation: tidyInstallationHandler({
      ...common,
      retention: { rawDays: 30, listingDays: 90, jobDays: 7 },
      versions: { list: async () => [], remove: async () => undefined },
    }),
    SettleExecution: settleExecutionHandler(common),
    AcceptCallback: acceptCallbackHandler({
      ...common,
      master: async () => MASTER,
      links: async (key) => ({ spec: { url: key } }),
      ...{ putLinks: parts.objects.links, getLink: parts.objects.getLink },
    }),
  };
}
