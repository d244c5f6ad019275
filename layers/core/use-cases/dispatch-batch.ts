import type { Cap } from '../dispatch/eligibility';
import { diskGbFor, lifeSeconds, worstDollars, type PriceList } from '../dispatch/worst-case';
import type { Batch, Worker } from '../entities';
import { workerIdOf } from '../ids';
import type { Admission } from '../ports/stores';
import type { AttemptManifest, BatchPlan, PlannedRun, Stage } from '../wire';
import { buildChange, changeBatch } from './change-status';
import { claimRuns, type Claimed } from './claim-runs';
import type { Deps } from './deps';
import { evaluateSource } from './evaluate-source';
import { manifestKeyOf } from './keys';
import { neededPlan } from './needed';
import { releaseClaims } from './settle-runs';

export interface DispatchSettings {
  /** Longest time between the admission of a worker and its word *started*: a queue may be long, a machine boots in minutes. */
  readonly startDeadlineSeconds: number;
  readonly startDeadlineSecondsAt?: Readonly<Record<string, number>>;
}
export const startSecondsAt = ({ startDeadlineSeconds, startDeadlineSecondsAt }: DispatchSettings, provider: string): number =>
  startDeadlineSecondsAt?.[provider] ?? startDeadlineSeconds;

/** `refused`: the cap of that scope has no room now. `waiting`: another writer was first, or a guard does not hold. */
export type Dispatched =
  | { readonly outcome: 'dispatched'; readonly workerId: string }
  | { readonly outcome: 'linked' }
  | { readonly outcome: 'refused'; readonly by: string }
  | { readonly outcome: 'waiting'; readonly by: readonly string[] };
export type DispatchDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'> & {
  readonly settings: DispatchSettings;
  readonly rateOf: PriceList;
};

/**
 * Gives a planned batch a worker: claims its runs (contract 2), writes what the attempt may do, admits worker and batch in one
 * transaction (contract 4), starts process-batch. A batch that has nothing left to do ends *complete* without a worker.
 * Safe to repeat at any point: claims count for their holder, the manifest is written again, the admission happens once, and a start
 * that was lost is repeated by the next tick. A refused batch keeps its claims: it is next in line.
 * @throws PlanUnreadableError when the bucket holds no plan of it
 */
export async function dispatchBatch(deps: DispatchDeps, batch: Batch, provider: string, caps: readonly Cap[]): Promise<Dispatched> {
  const { plan, stage } = await neededPlan(deps, batch);
  const claimed = await claimRuns(deps, batch, plan.runs);
  if (claimed.mine.length === 0) return completeLinked(deps, batch, plan, claimed);
  const attempt = batch.attempt + 1;
  const workerId = workerIdOf(batch.batchId, attempt);
  await deps.objects.putJson(manifestKeyOf(workerId), manifestOf(batch.batchId, attempt, stage, claimed));
  const now = deps.now();
  const built = buildChange('batch', batch, 'admit', now, {
    actor: 'run-tick',
    detail: workerId,
    set: { linkedRuns: [...claimed.linked] },
    where: { attempt: batch.attempt },
  });
  if (built.outcome === 'refused') return { outcome: 'waiting', by: built.by };
  const worker = workerOf(deps, batch, attempt, provider, stage, claimed.mine, now);
  const admission: Admission = { worker, batch: { ...built.change, batchId: batch.batchId }, caps };
  const admitted = await deps.stores.workers.admit(admission);
  if (admitted.outcome === 'refused') return admitted;
  if (admitted.outcome === 'conflict') return { outcome: 'waiting', by: ['taken'] };
  await startAttempt(deps, batch.batchId, attempt);
  return { outcome: 'dispatched', workerId };
}

/** Starts process-batch for an attempt; idempotent by its name. */
export async function startAttempt(deps: Pick<Deps, 'machines'>, batchId: string, attempt: number): Promise<void> {
  const workerId = workerIdOf(batchId, attempt);
  await deps.machines.start('process-batch', workerId, { batchId, attempt, workerId });
}

/** Every run is somebody else's or verified already: the batch is done, lets go of what an earlier try claimed, and its source waits for the others. */
async function completeLinked(deps: DispatchDeps, batch: Batch, plan: BatchPlan, claimed: Claimed): Promise<Dispatched> {
  const changed = await changeBatch(deps, batch.batchId, 'complete', {
    actor: 'run-tick',
    detail: `nothing to fetch: ${claimed.linked.length} linked, ${claimed.verifiedHere} verified`,
    where: { attempt: batch.attempt },
    set: { linkedRuns: [...claimed.linked], completeRuns: claimed.verifiedHere },
  });
  if (changed.outcome === 'refused') return { outcome: 'waiting', by: changed.by };
  await releaseClaims(deps, batch, plan.runs);
  await evaluateSource(deps, batch.sourceId);
  return { outcome: 'linked' };
}

function manifestOf(batchId: string, attempt: number, stage: Stage, claimed: Claimed): AttemptManifest {
  const earlier = Array.from({ length: attempt - 1 }, (_, index) => workerIdOf(batchId, index + 1));
  return {
    v: 1,
    workerId: workerIdOf(batchId, attempt),
    stage,
    runs: [...claimed.mine],
    linked: [...claimed.settled],
    earlierWorkers: earlier,
  };
}

function workerOf(
  { settings, rateOf }: Pick<DispatchDeps, 'settings' | 'rateOf'>,
  batch: Batch,
  attempt: number,
  provider: string,
  stage: Stage,
  runs: readonly PlannedRun[],
  now: Date,
): Worker {
  const startSeconds = startSecondsAt(settings, provider);
  const seconds = lifeSeconds(startSeconds, stage.resources);
  const after = (seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();
  const bytes = runs.reduce((sum, run) => sum + run.files.reduce((runSum, file) => runSum + file.bytes, 0), 0);
  return {
    workerId: workerIdOf(batch.batchId, attempt),
    batchId: batch.batchId,
    sourceId: batch.sourceId,
    attempt,
    provider,
    pool: batch.pool,
    status: 'requested',
    slots: 1,
    reservedDollars: worstDollars({ seconds, bytes }, rateOf(provider, { ...stage.resources, diskGb: diskGbFor(bytes) })),
    reservedBytes: bytes,
    requestedAt: now.toISOString(),
    startDeadline: after(startSeconds),
    // From the latest time at which its start is still waited for: what it waited in the queue is not taken from its work.
    deadline: after(seconds),
    sweep: 0,
    sweepFailures: 0,
  };
}
