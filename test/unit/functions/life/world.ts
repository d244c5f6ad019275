/** One installation in memory: the real machines' text, the real handlers, stores in memory, and a cluster that does what a test says. */
import { awaitStartedHandler } from '../../../../functions/await-started/handler';
import { awaitSweptHandler } from '../../../../functions/await-swept/handler';
import { beginTendingHandler } from '../../../../functions/begin-tending/handler';
import { indexSourceHandler } from '../../../../functions/index-source/handler';
import { probeWorkerHandler } from '../../../../functions/probe-worker/handler';
import { provisionWorkerHandler } from '../../../../functions/provision-worker/handler';
import { releaseWorkerHandler } from '../../../../functions/release-worker/handler';
import { runJobHandler } from '../../../../functions/run-job/handler';
import { selectSweepsHandler } from '../../../../functions/select-sweeps/handler';
import { settleBatchHandler } from '../../../../functions/settle-batch/handler';
import { settleSourceHandler } from '../../../../functions/settle-source/handler';
import { settleTendingHandler } from '../../../../functions/settle-tending/handler';
import { submitTendingHandler } from '../../../../functions/submit-tending/handler';
import { settleSweepHandler } from '../../../../functions/settle-sweep/handler';
import { verifyResultsHandler } from '../../../../functions/verify-results/handler';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { slurmProvider } from '../../../../layers/adapters/slurm/provider';
import type { Budget } from '../../../../layers/core/money/budget';
import { dispatchBatch } from '../../../../layers/core/use-cases/dispatch-batch';
import { sourceKeys } from '../../../../layers/core/discovery/keys';
import type { PlannedRun } from '../../../../layers/core/wire';
import type { Stages } from '../../../../layers/core/workflows/stages-of';
import { lastOf } from '../../../../layers/core/workflows/take-workflow';
import { aslRunner, type Handlers, type Runner } from './asl-runner';
import { memoryAway, type MemoryAway } from './away-provider';
import { writeLines } from './lines';
import { keyOf, laidPlan, sourceOf, STAGE, START } from './planned';
import { memoryCluster, type MemoryCluster } from './cluster';

export { keyOf, runOf, STAGE } from './planned';

export interface World {
  readonly stores: ReturnType<typeof memoryStores>;
  readonly objects: ReturnType<typeof memoryObjects>;
  readonly machines: Runner;
  readonly cluster: MemoryCluster;
  readonly deps: Parameters<typeof probeWorkerHandler>[0] & Parameters<typeof provisionWorkerHandler>[0] & { readonly budget: Budget };
  readonly handlers: Handlers;
  now(): Date;
  pass(seconds: number): void;
  /** A source in phase *running* with a plan of these batches. */
  plan(
    sourceId: string,
    batches: readonly (readonly PlannedRun[])[],
    inWork?: readonly PlannedRun[],
    as?: 'claimed' | 'linked',
    providers?: readonly string[],
  ): Promise<void>;
  /** Dispatches every planned batch whose time has come. */
  dispatch(provider?: string): Promise<readonly string[]>;
  /** The machines at the provider whose workers keep their results. */
  readonly away: MemoryAway;
}

const BUDGET: Budget = { dollarsPerDay: 1_000, timeZone: 'UTC' };
const MOVING = { moving: { partition: 'data' } };

/**
 * @param twice every function is run a second time after it has returned, as a Lambda may be
 * @param stages what the runs of its sources go through
 */
export function lifeWorld({ twice = false, stages = [STAGE] }: { readonly twice?: boolean; readonly stages?: Stages } = {}): World {
  let [time, handlers] = [Date.parse(START), {} as Handlers];
  const now = (): Date => new Date(time);
  const [stores, objects] = [memoryStores(), memoryObjects()];
  const machines = aslRunner(() => handlers, { now });
  const settings = { masterSecretName: 'master', baseUrlParameter: 'base' };
  const secrets = { get: async (name: string) => (name === 'base' ? 'http://127.0.0.1:1/' : 'm'.repeat(32)) };
  const cluster = memoryCluster({ stores, objects, machines, now });
  const { gate } = cluster;
  const away = memoryAway('test');
  const providers = new Map([
    ['slurm', slurmProvider(gate, { installation: 'test' })],
    ['droplet', away.provider],
  ]);
  const deps = { stores, objects, machines, gate, providers, secrets, now, installation: 'test', settings, budget: BUDGET, ...MOVING };
  const once: Handlers = {
    ProvisionWorker: provisionWorkerHandler(deps),
    AwaitStarted: awaitStartedHandler(deps),
    RunJob: runJobHandler(deps),
    ProbeWorker: probeWorkerHandler(deps),
    AwaitSwept: awaitSweptHandler(deps),
    ReleaseWorker: releaseWorkerHandler(deps),
    SettleBatch: settleBatchHandler(deps),
    SelectSweeps: selectSweepsHandler(deps),
    VerifyResults: verifyResultsHandler(deps),
    SettleSweep: settleSweepHandler(deps),
    IndexSource: indexSourceHandler(deps),
    SettleSource: settleSourceHandler(deps),
    BeginTending: beginTendingHandler({ ...deps, days: 90 }),
    SubmitTending: submitTendingHandler({ ...deps, stage: STAGE, limits: { maxBytes: 1e12, homeFreeBytesMin: 0 } }),
    SettleTending: settleTendingHandler({ ...deps, stage: STAGE }),
    // The heartbeat has tests of its own: here it only must not keep anybody.
    RunTick: async () => ({ outcome: 'idle' }),
  };
  const again = (handler: (payload: never) => Promise<unknown>) => async (payload: never) => {
    await handler(payload);
    return handler(payload);
  };
  handlers = twice ? Object.fromEntries(Object.entries(once).map(([name, handler]) => [name, again(handler)])) : once;
  return {
    stores,
    objects,
    machines,
    cluster,
    away,
    deps,
    handlers: once,
    now,
    pass: (seconds) => {
      time += seconds * 1000;
    },
    plan: async (sourceId, batches, inWork = [], as = 'linked', providers = ['slurm']) => {
      const event = { entityId: sourceId, sourceId, at: START, type: 'source-added', actor: 'test' };
      const laid = laidPlan(sourceId, batches, stages, providers);
      await stores.sources.add(sourceOf(sourceId, laid.length), event);
      for (const { batch, plan } of laid) await objects.putJson(batch.planKey, plan);
      await stores.batches.addPlanned(laid.map(({ batch }) => batch));
      const line = (state: string) => (run: PlannedRun) => ({ ...run, fetchKey: keyOf(run, lastOf(stages)), state });
      await writeLines(objects, sourceKeys(sourceId, 1).included, [...batches.flat().map(line('due')), ...inWork.map(line(as))]);
    },
    dispatch: async (provider = 'slurm') => {
      const planned = (await stores.batches.withStatus('planned', 100)).filter(({ notBefore }) => (notBefore ?? '') <= now().toISOString());
      const rateOf = (name: string) => ({ dollarsPerHour: name === 'droplet' ? 0.5 : 0, egressDollarsPerGib: 0 });
      const dispatch = { ...deps, settings: { startDeadlineSeconds: 600 }, rateOf };
      const outcomes: string[] = [];
      for (const batch of planned)
        outcomes.push((await dispatchBatch(dispatch, batch, provider, [{ scope: 'total', maxWorkers: 9 }])).outcome);
      await machines.settled();
      return outcomes;
    },
  };
}
