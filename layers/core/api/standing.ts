/** What the planner and the dispatch stand at: for people to see. */
import { waitsFor, type Standing, type Waits } from '../dispatch/why-waiting';
import type { Caps } from '../dispatch/eligibility';
import type { Batch, Source } from '../entities';
import { jobIdOf, workerIdOf } from '../ids';
import { knownPace } from '../planning/learn-pace';
import type { Pace } from '../planning/pace';
import type { LearnedPace } from '../records';
import { windowOf, type Budget } from '../money/budget';
import type { Deps } from '../use-cases/deps';
import { waitsForParents } from '../use-cases/from-parents';

export type { Waits } from '../dispatch/why-waiting';
export type StandingDeps = Pick<Deps, 'stores' | 'now'> & { readonly caps: Caps; readonly budget: Budget };

async function standing({ stores, now, caps, budget }: StandingDeps, batches: readonly Batch[] = []): Promise<Standing> {
  const planned = batches.filter(({ status }) => status === 'planned');
  const [counters, home, committed, hasOpenParents] = await Promise.all([
    stores.workers.counters(),
    stores.home.get(),
    stores.money.committed(windowOf(now(), budget)),
    waitsForParents({ stores }, planned),
  ]);
  return { now: now(), caps, counters, home, budget, committed, hasOpenParents };
}

/** Of those dispatched: why Slurm lets their jobs wait, in its newest word. */
async function pendingAtSlurm({ stores }: Pick<Deps, 'stores'>, batches: readonly Batch[]): Promise<ReadonlyMap<string, Waits>> {
  const waiting = batches.filter(({ status }) => status === 'dispatched');
  const found = await Promise.all(
    waiting.map(async ({ batchId, attempt, stage }) => {
      const reason = (await stores.jobs.get(jobIdOf(workerIdOf(batchId, attempt), stage)))?.pendingReason;
      return reason === undefined ? [] : [[batchId, { code: 'slurm', text: `Slurm does not start its job yet (${reason})` }] as const];
    }),
  );
  return new Map(found.flat());
}

/** Reads once what all these batches wait for; the answer says of a batch why it is not dispatched yet, or its job not started; undefined where nothing is known to keep it. */
export async function standingOf(
  deps: StandingDeps,
  batches: readonly Batch[],
): Promise<(batch: Batch, source: Source | undefined) => Waits | undefined> {
  const [now, pending] = await Promise.all([standing(deps, batches), pendingAtSlurm(deps, batches)]);
  return (batch, source) => (batch.status === 'planned' ? waitsFor(batch, source, now) : pending.get(batch.batchId));
}

/** Space at home. `promisedBytes`: of the batches under way, whether they have come already or not. */
export interface HomeView {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly measuredAt: string;
  readonly keptFreeBytes: number;
  readonly promisedBytes: number;
}
/** Undefined until it was measured once. Read only. */
export async function homeView(deps: StandingDeps): Promise<HomeView | undefined> {
  const { home, counters, caps } = await standing(deps);
  if (home === undefined) return undefined;
  const { freeBytes, totalBytes, measuredAt } = home;
  const promisedBytes = (counters.find(({ scope }) => scope === 'home')?.bytes ?? 0) * caps.homeFactor;
  return { freeBytes, totalBytes, measuredAt, keptFreeBytes: caps.homeFreeBytesMin, promisedBytes };
}

export interface PaceView extends Pace, Pick<LearnedPace, 'provider' | 'stage' | 'revision'> {
  /** Batches that told so far; the pace is the assumed one until there are enough. */
  readonly batches: number;
  readonly learnedFrom: number;
}
export async function paceViews({ stores }: Pick<StandingDeps, 'stores'>): Promise<readonly PaceView[]> {
  return (await stores.paces.list()).map((record) => {
    const { provider, stage, revision, batches } = record;
    const { pace, learnedFrom } = knownPace(provider, record);
    return { provider, stage, revision, batches, learnedFrom, ...pace };
  });
}

export interface WaitingView extends Waits {
  readonly batches: number;
}
/** Why planned batches wait, by reason, with the words of the first of each. */
export async function waitingView(
  deps: StandingDeps,
  planned: readonly Batch[],
  sources: readonly Source[],
): Promise<readonly WaitingView[]> {
  if (planned.length === 0) return [];
  const waitsOf = await standingOf(deps, planned);
  const byId = new Map(sources.map((source) => [source.sourceId, source]));
  const found = new Map<string, WaitingView>();
  for (const batch of planned) {
    const waits = waitsOf(batch, byId.get(batch.sourceId));
    if (waits) found.set(waits.code, { ...(found.get(waits.code) ?? waits), batches: (found.get(waits.code)?.batches ?? 0) + 1 });
  }
  return [...found.values()];
}
