import type { Batch, BatchStatus, Job, Source, Worker } from '../entities';
import { workerIdOf } from '../ids';
import type { ApiDeps } from './api-deps';
import { dollarsSoFar, moneyView, type Money } from './cost';
import { answered, route, type Route } from './http';
import { openBatches } from './open-batches';
import type { Places } from './places';
import { homeView, standingOf, type HomeView, type StandingDeps, type Waits } from './standing';
import { optional } from '../optional';
import { allSources, countsNow, workerView, type WorkerView } from './views';

type OverviewDeps = StandingDeps;

/** In motion first: the list is cut at its end. */
const OPEN_STATUSES = ['running', 'sweeping', 'dispatched', 'planned'] as const satisfies readonly BatchStatus[];
const MOST_BATCHES = 200;

export interface SourceOverview extends Pick<
  Source,
  | 'sourceId'
  | 'name'
  | 'lastRunStatus'
  | 'phase'
  | 'paused'
  | 'counts'
  | 'generatedWarning'
  | 'needsAttention'
  | 'lastCheckedAt'
  | 'nextCheckAt'
> {
  /** What exceeded the limits, while a person is to approve. */
  readonly approvalReason?: string;
}

export interface Progress {
  readonly runsTotal: number;
  readonly runsDone: number;
  readonly runsFailed: number;
  readonly bytes?: number;
}

export interface BatchOverview {
  readonly batchId: string;
  readonly sourceId: string;
  readonly status: BatchStatus;
  readonly attempt: number;
  readonly runCount: number;
  readonly bytes: number;
  /** How long its job takes; `learnedFrom` 0: assumed. */
  readonly estimate?: Batch['estimate'];
  /** Why it is not dispatched yet. */
  readonly waits?: Waits;
  /** What the job of its newest attempt told last; absent before its first word. */
  readonly progress?: Progress;
}

interface Cost {
  readonly dollarsPerHour?: number;
  readonly dollarsSoFar?: number;
}
export interface WorkerOverview extends WorkerView, Cost {
  readonly sourceId: string;
}

/** A worker that is kept because its results could not be brought home. */
export interface HoldOverview extends Cost {
  readonly workerId: string;
  readonly sourceId: string;
  readonly provider: string;
  readonly reason: string;
  readonly since?: string;
}

export interface Overview {
  readonly installation: string;
  /** The installation's own clock, which ages are counted from. */
  readonly at: string;
  readonly sources: readonly SourceOverview[];
  /** Open batches by status, as far as they are counted. */
  readonly openBatches: Readonly<Record<string, number>>;
  /** Statuses that more batches are in. */
  readonly uncounted: readonly BatchStatus[];
  /** Absent until it was measured once. */
  readonly home?: HomeView;
  /** At most 200, those in motion first. */
  readonly batches: readonly BatchOverview[];
  readonly workers: readonly WorkerOverview[];
  readonly holds: readonly HoldOverview[];
  readonly money: Money;
}

async function sourceOverview({ stores }: OverviewDeps, source: Source): Promise<SourceOverview> {
  const { sourceId, lastRunStatus, phase, paused, generatedWarning, nextCheckAt, approval, approvalReason } = source;
  // Only while batches settle do the counts move between two plans.
  const batches = phase === 'running' || phase === 'publishing' ? await stores.batches.ofSource(sourceId, source.listingCycle) : [];
  return {
    ...{ sourceId, lastRunStatus, phase, paused, generatedWarning, nextCheckAt },
    counts: countsNow(source, batches),
    ...optional('name', source.name),
    ...optional('lastCheckedAt', source.lastCheckedAt),
    ...optional('needsAttention', source.needsAttention),
    ...optional('approvalReason', approval === 'waiting' ? (approvalReason ?? '') : undefined),
  };
}

/** What a job told of itself, as the page shows it; undefined where it told nothing of runs. Pure. */
export function progressOf(job: Pick<Job, 'progress'> | undefined, runCount: number): Progress | undefined {
  const { runsTotal = runCount, runsDone, runsFailed, bytes } = job?.progress ?? {};
  if (runsDone === undefined && runsFailed === undefined) return undefined;
  return { runsTotal, runsDone: runsDone ?? 0, runsFailed: runsFailed ?? 0, ...optional('bytes', bytes) };
}

async function batchOverview({ stores }: Pick<OverviewDeps, 'stores'>, batch: Batch, waits: Waits | undefined): Promise<BatchOverview> {
  const { batchId, sourceId, status, attempt, runCount, bytes } = batch;
  // A planned batch has no job, or one of an attempt that is over.
  const jobs = status === 'planned' ? [] : await stores.jobs.ofWorker(workerIdOf(batchId, attempt));
  const progress = progressOf(
    jobs.find(({ kind }) => kind === 'run'),
    runCount,
  );
  const shown = { batchId, sourceId, status, attempt, runCount, bytes };
  return { ...shown, ...optional('estimate', batch.estimate), ...optional('waits', waits), ...optional('progress', progress) };
}

const costOf = (worker: Worker, now: Date): Cost => ({
  ...optional('dollarsPerHour', worker.dollarsPerHour),
  ...optional('dollarsSoFar', dollarsSoFar(worker, now)),
});

/** Why and since when: its own record says it, and so does the attention of its source. */
function holdOverview(worker: Worker, source: Source | undefined, now: Date): HoldOverview {
  const { workerId, sourceId, provider, heldCause, heldAt } = worker;
  const attention = source?.needsAttention?.reason === 'results-held' ? source.needsAttention : undefined;
  return {
    ...{ workerId, sourceId, provider },
    reason: heldCause ?? attention?.detail ?? 'its results could not be brought home',
    ...optional('since', heldAt ?? attention?.at),
    ...costOf(worker, now),
  };
}

/** Everything that the status page shows, at one look. Read only. */
export async function overview(deps: OverviewDeps, places: Pick<Places, 'installation'>): Promise<Overview> {
  const now = deps.now();
  const [sources, home, workers, open] = await Promise.all([
    allSources(deps),
    homeView(deps),
    deps.stores.workers.alive(),
    openBatches(deps.stores, OPEN_STATUSES),
  ]);
  const shown = open.batches.slice(0, MOST_BATCHES);
  const waitsOf = await standingOf(deps, shown);
  const byId = new Map(sources.map((source) => [source.sourceId, source]));
  const held = workers.filter(({ status }) => status === 'held');
  return {
    installation: places.installation,
    at: now.toISOString(),
    sources: await Promise.all(sources.map((source) => sourceOverview(deps, source))),
    openBatches: open.counts,
    uncounted: open.uncounted,
    ...optional('home', home),
    batches: await Promise.all(shown.map((batch) => batchOverview(deps, batch, waitsOf(batch, byId.get(batch.sourceId))))),
    workers: workers.map((worker) => ({ ...workerView(worker, now), sourceId: worker.sourceId, ...costOf(worker, now) })),
    money: await moneyView(deps, workers),
    holds: held.map((worker) => holdOverview(worker, byId.get(worker.sourceId), now)),
  };
}

export const overviewRoute = (deps: Pick<ApiDeps, 'stores' | 'now' | 'places' | 'caps' | 'budget'>): Route =>
  route({ method: 'GET', path: '/overview', role: 'viewer', handle: async () => answered(await overview(deps, deps.places)) });
