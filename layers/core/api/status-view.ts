import { breakerState, type BreakerState } from '../dispatch/breaker';
import { SOURCE_STATUSES, type BatchStatus } from '../entities';
import type { Breaker } from '../records';
import { moneyView, type Money } from './cost';
import { openBatches } from './open-batches';
import type { Places } from './places';
import { reaperView, type ReaperView } from './reaper-view';
import { homeView, paceViews, waitingView, type HomeView, type PaceView, type StandingDeps, type WaitingView } from './standing';
import { optional } from '../optional';
import { allSources, workerView, type WorkerView } from './views';

export interface StatusView {
  readonly installation: string;
  readonly sources: Readonly<Record<string, number>>;
  readonly attention: readonly { readonly sourceId: string; readonly reason: string; readonly detail: string; readonly at: string }[];
  readonly awaitingApproval: readonly { readonly sourceId: string; readonly reason: string }[];
  readonly workers: readonly WorkerView[];
  readonly money: Money;
  /** Open batches by status, as far as they are counted. */
  readonly batches: Readonly<Record<string, number>>;
  /** Statuses that more batches are in; those that wait are then counted as far, too. */
  readonly uncounted: readonly OpenStatus[];
  readonly waiting: readonly WaitingView[];
  readonly home?: HomeView;
  readonly paces: readonly PaceView[];
  /** Absent before the reaper's first look. */
  readonly reaper?: ReaperView;
  /** Places at providers where workers failed of late, and which of them rest. */
  readonly breakers: readonly BreakerView[];
}
export interface BreakerView extends Pick<Breaker, 'provider' | 'place' | 'openUntil'> {
  readonly state: BreakerState;
  readonly failures: number;
  /** Of the newest failure. */
  readonly cause?: string;
}

const breakerView = (breaker: Breaker, now: Date): BreakerView => {
  const { provider, place, openUntil, failures } = breaker;
  const shown = { provider, place, state: breakerState(breaker, now), failures: failures.length };
  return { ...shown, ...optional('openUntil', openUntil), ...optional('cause', failures.at(-1)?.cause) };
};

const OPEN_STATUSES = ['planned', 'dispatched', 'running', 'sweeping'] as const satisfies readonly BatchStatus[];
type OpenStatus = (typeof OPEN_STATUSES)[number];

/** The whole installation at one look: counts per status word, what needs a person, what is alive. Read only. */
export async function statusView(deps: StandingDeps, places: Places): Promise<StatusView> {
  const [sources, home, paces, reaper, breakers, workers, open] = await Promise.all([
    allSources(deps),
    homeView(deps),
    paceViews(deps),
    reaperView(deps),
    deps.stores.breakers.list(),
    deps.stores.workers.alive(),
    openBatches(deps.stores, OPEN_STATUSES),
  ]);
  const counts = Object.fromEntries(
    SOURCE_STATUSES.map((status) => [status, sources.filter((source) => source.lastRunStatus === status).length]),
  );
  return {
    installation: places.installation,
    sources: counts,
    attention: sources.flatMap(({ sourceId, needsAttention }) =>
      needsAttention ? [{ sourceId, reason: needsAttention.reason, detail: needsAttention.detail, at: needsAttention.at }] : [],
    ),
    awaitingApproval: sources.flatMap(({ sourceId, approval, approvalReason }) =>
      approval === 'waiting' ? [{ sourceId, reason: approvalReason ?? '' }] : [],
    ),
    workers: workers.map((worker) => workerView(worker, deps.now())),
    money: await moneyView(deps, workers),
    waiting: await waitingView(
      deps,
      open.batches.filter(({ status }) => status === 'planned'),
      sources,
    ),
    ...optional('home', home),
    paces,
    ...optional('reaper', reaper),
    breakers: breakers.map((each) => breakerView(each, deps.now())).filter(({ failures, state }) => failures > 0 || state !== 'closed'),
    batches: open.counts,
    uncounted: open.uncounted,
  };
}
