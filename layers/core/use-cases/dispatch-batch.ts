import { TASKS_SCOPE } from '../dispatch/counted-in';
import type { Cap } from '../dispatch/eligibility';
import { diskGbFor, lifeSeconds, worstDollars, type PriceList } from '../dispatch/worst-case';
import type { Batch, Worker } from '../entities';
import { workerIdOf } from '../ids';
import { overBudget, overBudgetText, windowOf, type Budget, type OverBudget } from '../money/budget';
import { optional } from '../optional';
import type { Admission } from '../ports/stores';
import type { AttemptManifest, BatchPlan, PlannedRun, Stage } from '../wire';
import { wholeOf, type Stages } from '../workflows/stages-of';
import { buildChange } from './change-status';
import { claimRuns, type Claimed } from './claim-runs';
import type { Deps } from './deps';
import type { Dispatched } from './dispatched';
import { endUnworked } from './end-unworked';
import { fromParents, inherited, putLost, type FromParents } from './from-parents';
import { manifestKeyOf } from './keys';
import { neededPlan } from './needed';

export interface DispatchSettings {
  /** Longest time between the admission of a worker and its word *started*: a queue may be long, a machine boots in minutes. */
  readonly startDeadlineSeconds: number;
  readonly startDeadlineSecondsAt?: Readonly<Record<string, number>>;
}
export const startSecondsAt = ({ startDeadlineSeconds, startDeadlineSecondsAt }: DispatchSettings, provider: string): number =>
  startDeadlineSecondsAt?.[provider] ?? startDeadlineSeconds;

/** Who dispatches; of a site also how it holds the worker from then on. */
export interface DispatchedTo extends Pick<Worker, 'site' | 'claimNonce' | 'leaseUntil'> {
  readonly actor: string;
}
const BY_HEARTBEAT: DispatchedTo = { actor: 'run-tick' };

export type DispatchDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'> & {
  readonly settings: DispatchSettings;
  readonly rateOf: PriceList;
  readonly budget: Budget;
};

/**
 * Gives a planned batch a worker: claims its runs (contract 2), writes what the attempt may do, admits worker and batch in one
 * transaction (contract 4), starts process-batch. A batch that has nothing left to do ends without a worker. A child batch waits until its parents are over.
 * Safe to repeat at any point: claims count for their holder, the manifest is written again, the admission happens once, and a start
 * that was lost is repeated by the next tick. A batch that a cap refuses keeps its claims: it is next in line. One that the budget cannot pay for takes none.
 * @throws PlanUnreadableError when the bucket holds no plan of it
 */
export async function dispatchBatch(
  deps: DispatchDeps,
  batch: Batch,
  provider: string,
  caps: readonly Cap[],
  to: DispatchedTo = BY_HEARTBEAT,
): Promise<Dispatched> {
  const { plan, stages } = await neededPlan(deps, batch);
  const given = await fromParents(deps, batch, plan);
  if (given.outcome === 'waiting') return { outcome: 'waiting', by: ['parents'] };
  await putLost(deps, batch, given.lost);
  if (given.runs.length === 0) return endUnworked(deps, batch, plan, { lost: given.lost.length });
  return dispatchRuns(deps, batch, { plan, stages, given, provider, caps, to });
}

interface Work {
  readonly plan: BatchPlan;
  readonly stages: Stages;
  readonly given: Extract<FromParents, { outcome: 'ready' }>;
  readonly provider: string;
  readonly caps: readonly Cap[];
  readonly to: DispatchedTo;
}

async function dispatchRuns(deps: DispatchDeps, batch: Batch, work: Work): Promise<Dispatched> {
  const { plan, given, provider, caps } = work;
  const { actor, ...claim } = work.to;
  const [stage, lost] = [wholeOf(work.stages), given.lost.length];
  const whole = workerOf(deps, batch, provider, stage, given.runs);
  const money = { budget: deps.budget, window: windowOf(deps.now(), deps.budget) };
  const over = overBudget(await deps.stores.money.committed(money.window), whole.reservedDollars, deps.budget);
  if (over !== undefined) return refuse(deps, batch, provider, over);
  const claimed = await claimRuns(deps, batch, given.runs);
  if (claimed.mine.length === 0) return endUnworked(deps, batch, plan, { claimed, lost });
  const reservedTasks = caps.find(({ scope }) => scope === TASKS_SCOPE)?.each;
  const worker = { ...workerOf(deps, batch, provider, stage, claimed.mine), ...claim, ...optional('reservedTasks', reservedTasks) };
  const { workerId, attempt } = worker;
  await deps.objects.putJson(manifestKeyOf(workerId), manifestOf(work, attempt, claimed));
  const built = buildChange('batch', batch, 'admit', deps.now(), {
    actor,
    detail: workerId,
    // A later attempt counts on from what is left out by then.
    set: { linkedRuns: [...claimed.linked], ...(batch.attempt === 0 && lost > 0 && { excludedRuns: lost }) },
    remove: ['needs'],
    where: { attempt: batch.attempt },
  });
  if (built.outcome === 'refused') return { outcome: 'waiting', by: built.by };
  const admission: Admission = { worker, batch: { ...built.change, batchId: batch.batchId }, caps, money };
  const admitted = await deps.stores.workers.admit(admission);
  if (admitted.outcome === 'refused') return admitted.over === undefined ? admitted : refuse(deps, batch, provider, admitted.over);
  if (admitted.outcome === 'conflict') return { outcome: 'waiting', by: ['taken'] };
  await startAttempt(deps, batch.batchId, attempt);
  return { outcome: 'dispatched', workerId };
}

/** The budget has no room: what it needs is written onto the batch, for people to see; not again while it stays the same for an hour. */
async function refuse(deps: DispatchDeps, batch: Batch, provider: string, over: OverBudget): Promise<Dispatched> {
  const at = deps.now().toISOString();
  const needs = { provider, dollars: over.neededDollars, at };
  const same = batch.needs?.provider === provider && batch.needs.dollars === needs.dollars && isKnownNeed(batch, provider, deps.now());
  if (!same) {
    const event = { entityId: batch.batchId, sourceId: batch.sourceId, at, type: 'batch-refused', actor: 'run-tick' };
    const change = { from: 'planned' as const, where: { attempt: batch.attempt }, set: { needs } };
    await deps.stores.batches.change(batch.batchId, { ...change, event: { ...event, detail: overBudgetText(over) } });
  }
  return { outcome: 'refused', by: over.scope, over };
}

const NEED_KNOWN_MS = 3_600_000;
/** Prices move: what a batch needs is worked out anew after an hour. Pure. */
export const isKnownNeed = ({ needs }: Pick<Batch, 'needs'>, provider: string, now: Date): boolean =>
  needs?.provider === provider && now.getTime() - Date.parse(needs.at) < NEED_KNOWN_MS;

/** Starts process-batch for an attempt; idempotent by its name. */
export async function startAttempt(deps: Pick<Deps, 'machines'>, batchId: string, attempt: number): Promise<void> {
  const workerId = workerIdOf(batchId, attempt);
  await deps.machines.start('process-batch', workerId, { batchId, attempt, workerId });
}

function manifestOf({ plan, stages, given }: Work, attempt: number, claimed: Claimed): AttemptManifest {
  const { batchId } = plan;
  const earlier = Array.from({ length: attempt - 1 }, (_, index) => workerIdOf(batchId, index + 1));
  return {
    v: 1,
    workerId: workerIdOf(batchId, attempt),
    stage: wholeOf(stages),
    earlier: stages.slice(0, -1),
    ...inherited(plan, given.verdicts),
    runs: [...claimed.mine],
    linked: [...claimed.settled],
    earlierWorkers: earlier,
  };
}

function workerOf(
  { settings, rateOf, now }: Pick<DispatchDeps, 'settings' | 'rateOf' | 'now'>,
  batch: Batch,
  provider: string,
  stage: Stage,
  runs: readonly PlannedRun[],
): Worker {
  const requestedAt = now();
  const startSeconds = startSecondsAt(settings, provider);
  const seconds = lifeSeconds(startSeconds, stage.resources);
  const after = (seconds: number): string => new Date(requestedAt.getTime() + seconds * 1000).toISOString();
  const bytes = runs.reduce((sum, run) => sum + run.files.reduce((runSum, file) => runSum + file.bytes, 0), 0);
  const rate = rateOf(provider, { ...stage.resources, diskGb: diskGbFor(bytes) });
  const attempt = batch.attempt + 1;
  return {
    workerId: workerIdOf(batch.batchId, attempt),
    batchId: batch.batchId,
    sourceId: batch.sourceId,
    attempt,
    provider,
    pool: batch.pool,
    status: 'requested',
    slots: 1,
    reservedDollars: worstDollars({ seconds, bytes }, rate),
    reservedBytes: bytes,
    ...(rate.dollarsPerHour > 0 && { dollarsPerHourAtMost: rate.dollarsPerHour }),
    ...(rate.egressDollarsPerGib > 0 && { egressDollarsPerGib: rate.egressDollarsPerGib }),
    requestedAt: requestedAt.toISOString(),
    startDeadline: after(startSeconds),
    // From the latest time at which its start is still waited for: what it waited in the queue is not taken from its work.
    deadline: after(seconds),
    sweep: 0,
    sweepFailures: 0,
  };
}
