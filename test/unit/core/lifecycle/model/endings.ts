/** From the end of a job to the end of its machine: sweeps, settlement, holds, release. */
import type { Batch, Worker } from '../../../../../layers/core/entities';
import { retryDelaySeconds } from '../../../../../layers/core/use-cases/decide-settlement';
import { SWEEP_LIMIT } from '../../../../../layers/core/use-cases/settle-sweep';
import { change } from './apply';
import { releaseClaims } from './cycles';
import {
  born,
  has,
  inMotion,
  isOpen,
  isReproducible,
  machinesOf,
  timeOf,
  violate,
  type Content,
  type Machine,
  type Verification,
  type World,
} from './world';

export const LEASE_SECONDS = 1_000;

/** Takes the lease and pulls what is there; another holder's pull may still be under way when its lease has run out. */
export function sweep(world: World, workerId: string): void {
  const before = world.workers.get(workerId);
  if (before === undefined) return;
  if (!change(world, 'worker', workerId, 'sweep', { set: { sweepLeaseUntil: timeOf(world.now + LEASE_SECONDS) } })) return;
  if (before.nextSweepAt !== undefined && before.nextSweepAt > timeOf(world.now))
    violate(world, `I8: ${workerId} swept before its pause was over`);
  if (before.sweepLeaseUntil !== undefined && before.sweepLeaseUntil > timeOf(world.now))
    violate(world, `I11: two sweeps of ${workerId} at one time`);
  const brought = new Map<string, Content>(machinesOf(world, workerId).flatMap(({ results }) => [...results]));
  world.verifications.push({ workerId, sweep: before.sweep + 1, brought });
}

export type Verdict = 'verified' | 'failed' | 'lasting';

/** A verification ends: what is as the archive has it is home; a file that is not is judged too, and nobody misses it (I6). */
export function verified(world: World, { workerId, sweep: number, brought }: Verification, verdict: Verdict): void {
  const worker = world.workers.get(workerId);
  if (worker === undefined) return;
  if (verdict !== 'verified') {
    sweepFailed(world, worker, number, verdict);
    return;
  }
  const good = [...brought].filter(([, content]) => content === 'good' || !has(world, 'archive-md5'));
  for (const [run, content] of good) world.home.set(run, content);
  if (!change(world, 'worker', workerId, 'swept', { where: { sweep: number } })) return;
  world.verdicts.set(workerId, new Set(good.map(([run]) => run)));
  for (const { results } of machinesOf(world, workerId)) for (const run of brought.keys()) results.delete(run);
}

function sweepFailed(world: World, { workerId, sourceId, sweepFailures }: Worker, number: number, verdict: Verdict): void {
  if (verdict === 'lasting' || sweepFailures + 1 >= SWEEP_LIMIT) {
    if (change(world, 'worker', workerId, 'hold', { where: { sweep: number } })) needPerson(world, sourceId, 'results-held');
    return;
  }
  change(world, 'worker', workerId, 'sweep-failed', { where: { sweep: number }, set: { nextSweepAt: timeOf(world.now + 60) } });
}

/** The head node has not answered any try to sweep it. */
export function holdUnanswered(world: World, workerId: string): void {
  const worker = world.workers.get(workerId);
  if (worker?.status !== 'ready') return;
  if (change(world, 'worker', workerId, 'hold')) needPerson(world, worker.sourceId, 'results-held');
}

function needPerson(world: World, sourceId: string, reason: string): void {
  const source = world.sources.get(sourceId);
  if (source) world.sources.set(sourceId, { ...source, needsAttention: { reason, detail: '', step: 'model', at: timeOf(world.now) } });
}

export type Settlement = 'as-found' | 'put-off' | 'eager-retry' | 'partial';

/**
 * Ends an attempt by what is verified. Sometimes by one who decided on what he read before somebody else wrote: he asks for a retry that
 * the table must refuse.
 */
export function settle(world: World, workerId: string, how: Settlement): void {
  const [worker, job] = [world.workers.get(workerId), world.jobs.get(workerId)];
  const batch = world.batches.get(worker?.batchId ?? '');
  if (worker === undefined || batch === undefined || isOpen(job) || job === undefined) return;
  const isSwept = job.startedAt === undefined || !['requested', 'live', 'ready', 'sweeping'].includes(worker.status);
  if (!isSwept) return;
  const missing = (world.manifests.get(workerId) ?? []).filter((run) => !world.home.has(run));
  const event = eventOf(batch, missing.length === 0, how);
  const ended = { attempt: worker.attempt, cause: job.cause ?? 'model', detail: '', endedAt: timeOf(world.now) };
  const before = batch.cancelRequested;
  const set = {
    attempts: [...batch.attempts.filter(({ attempt }) => attempt !== worker.attempt), ended],
    ...(event === 'retry' || event === 'put-off' ? { notBefore: timeOf(world.now + retryDelaySeconds(batch.attempt)) } : {}),
  };
  if (!change(world, 'batch', batch.batchId, event, { where: { attempt: worker.attempt }, set })) return;
  const after = world.batches.get(batch.batchId);
  if (after?.status === 'planned' && before) violate(world, `I10: ${batch.batchId} is to be tried again although it was cancelled`);
  if (after?.status === 'complete' && missing.length > 0) violate(world, `I6: ${batch.batchId} complete without ${missing.join()}`);
  if (after !== undefined && !inMotion(after) && after.status !== 'planned') releaseClaims(world, batch.batchId);
}

function eventOf(batch: Batch, isWhole: boolean, how: Settlement): 'complete' | 'cancel' | 'retry' | 'put-off' | 'partial' {
  if (isWhole) return 'complete';
  if (how === 'eager-retry') return 'retry';
  if (batch.cancelRequested) return 'cancel';
  if (how === 'put-off' || how === 'partial') return how;
  return batch.attempt < batch.attemptLimit ? 'retry' : 'partial';
}

/** Destroying a machine that has what nobody judged loses it, unless anybody can make it again (I5). */
function destroyMachine(world: World, machine: Machine, mayLose: boolean): void {
  if (machine.results.size > 0 && !mayLose) violate(world, `I5: ${machine.workerId} destroyed with ${[...machine.results.keys()].join()}`);
  world.machines.splice(world.machines.indexOf(machine), 1);
}

export type Provider = 'answers' | 'locked' | 'silent';

/** Asks for the end of a worker, and where the provider shows it no more, frees its slot: then, and only then. */
export function release(world: World, workerId: string, provider: Provider): void {
  const worker = world.workers.get(workerId);
  if (worker === undefined) return;
  const job = world.jobs.get(workerId);
  const isOver = job !== undefined && !isOpen(job) && job.startedAt === undefined;
  if (worker.status !== 'destroying') change(world, 'worker', workerId, 'destroy', { nothingToSweep: isOver });
  if (world.workers.get(workerId)?.status !== 'destroying') {
    // It did start, although its attempt passed by its results: they are swept on schedule.
    if (job !== undefined && !isOpen(job)) change(world, 'worker', workerId, 'work-ended');
    return;
  }
  if (!has(world, 'slot-until-gone')) free(world, workerId);
  if (provider !== 'answers') return;
  const mayLose = world.idleBeats.get(workerId) === GIVEN_UP;
  for (const machine of machinesOf(world, workerId)) if (born(world, machine)) destroyMachine(world, machine, mayLose);
  // One that is born later is an orphan.
  free(world, workerId);
}

/** Stands for "a person let go of what it has", or "what it has lies in the bucket". */
export const GIVEN_UP = -1;

export function free(world: World, workerId: string): void {
  const worker = world.workers.get(workerId);
  if (worker === undefined || !change(world, 'worker', workerId, 'gone')) return;
  world.slotsTaken -= worker.slots;
  world.dollarsReserved -= worker.reservedDollars;
  world.dollarsSpent += worker.reservedDollars / 10;
}

/** Machines whose worker is gone: born late, they know nothing and nobody waits for them. */
export function reapOrphans(world: World): void {
  for (const machine of [...world.machines]) {
    const worker = world.workers.get(machine.workerId);
    if (born(world, machine) && worker?.status === 'gone') destroyMachine(world, machine, false);
  }
}

export type HoldAct = 'retry-sweep' | 'rescued' | 'rescue-refused' | 'hold-overdue' | 'vanished' | 'give-up';

export function actOnHold(world: World, workerId: string, act: HoldAct): void {
  const worker = world.workers.get(workerId);
  if (worker?.status !== 'held') return;
  // The provider has taken it away, and what it had with it.
  if (act === 'vanished') for (const machine of machinesOf(world, workerId)) world.machines.splice(world.machines.indexOf(machine), 1);
  const told = act === 'give-up' ? { reproducible: isReproducible(worker) } : {};
  if (!change(world, 'worker', workerId, act, told)) return;
  if (act === 'give-up' && !isReproducible(worker)) violate(world, `I5: ${workerId} given up although nobody can make it again`);
  if (act === 'rescued' || act === 'give-up') world.idleBeats.set(workerId, GIVEN_UP);
}
