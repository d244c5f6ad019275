import { FINAL_JOB_STATUSES, type Batch, type Job, type Worker } from '../entities';
import { waitId, workerIdOf } from '../ids';
import type { Wait } from '../records';
import { cancelPlanned } from './cancel-planned';
import type { Deps } from './deps';
import { startAttempt } from './dispatch-batch';
import { endJob } from './end-job';
import { evaluateSource } from './evaluate-source';
import type { Isolate } from './isolate';
import { markStarted } from './mark-started';
import { recordFact, type SweptFact } from './record-fact';
import { attemptNameOf, settleExecution } from './settle-execution';

type BatchDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'> & { readonly isolate: Isolate };
const LOOK_AT = 500;

/**
 * Batches that somebody asked to cancel: planned ones end at once and let go of their claims, running ones have their job told to
 * stop (the probe destroys what still lives after the grace). Safe to repeat.
 */
export async function cancelRequested(deps: BatchDeps): Promise<number> {
  let cancelled = 0;
  for (const status of ['planned', 'dispatched', 'running'] as const) {
    for (const batch of await deps.stores.batches.withStatus(status, LOOK_AT)) {
      if (!batch.cancelRequested) continue;
      const cancel = status === 'planned' ? endPlanned : stopJob;
      if ((await deps.isolate(batch.batchId, () => cancel(deps, batch))) === true) cancelled += 1;
    }
  }
  return cancelled;
}

async function endPlanned(deps: BatchDeps, batch: Batch): Promise<boolean> {
  const waiting = await cancelPlanned(deps, batch, 'run-tick');
  for (const sourceId of waiting ?? []) await evaluateSource(deps, sourceId);
  return waiting !== undefined;
}

async function stopJob(deps: BatchDeps, batch: Batch): Promise<boolean> {
  const jobs = await deps.stores.jobs.ofWorker(workerIdOf(batch.batchId, batch.attempt));
  const job = jobs.find(({ kind, status }) => kind === 'run' && !FINAL_JOB_STATUSES.includes(status));
  if (job === undefined || job.stopRequested) return false;
  const stopRequestedAt = deps.now().toISOString();
  await deps.stores.jobs.note(job.jobId, { stopRequested: true, stopRequestedAt, cause: 'cancel-requested' });
  return true;
}

/**
 * Batches in motion that no execution carries: its start was lost after the transaction, or it ended and nobody heard of that. The first
 * is started, the second settled like one whose end was heard of. Safe to repeat.
 */
export async function repairStarts(deps: BatchDeps): Promise<number> {
  let repaired = 0;
  for (const status of ['dispatched', 'running', 'sweeping'] as const) {
    for (const batch of await deps.stores.batches.withStatus(status, LOOK_AT)) {
      if ((await deps.isolate(batch.batchId, () => repairAttempt(deps, batch))) === true) repaired += 1;
    }
  }
  return repaired;
}

/** @returns whether an execution was started for it */
export async function repairAttempt(deps: Omit<BatchDeps, 'isolate'>, { batchId, attempt }: Batch): Promise<boolean> {
  const newest = await newestExecution(deps, workerIdOf(batchId, attempt));
  if (newest === undefined) await startAttempt(deps, batchId, attempt);
  else if (newest.status === 'RUNNING') return false;
  else return (await settleExecution(deps, { machine: 'process-batch', name: newest.name, status: newest.status })).outcome === 'restarted';
  return true;
}

/** The one that runs, or else the last that was started. One question where all is well. */
async function newestExecution({ machines }: Pick<Deps, 'machines'>, workerId: string) {
  let newest: { readonly name: string; readonly status: NonNullable<Awaited<ReturnType<typeof machines.status>>> } | undefined;
  for (let number = 0; newest?.status !== 'RUNNING'; number += 1) {
    const name = attemptNameOf(workerId, number);
    const status = await machines.status('process-batch', name);
    if (status === undefined) break;
    newest = { name, status };
  }
  return newest;
}

/**
 * Facts that are recorded on a job or a worker but whose wait was not answered, because a function died between the two writes: recorded again,
 * which answers a waiting token and otherwise changes nothing.
 */
export async function answerAgain(deps: BatchDeps, alive: readonly Worker[]): Promise<number> {
  let answered = 0;
  for (const worker of alive) {
    answered += (await deps.isolate(worker.workerId, () => answerJobs(deps, worker.workerId))) ?? 0;
    answered += Number((await deps.isolate(worker.workerId, () => answerSweep(deps, worker))) ?? false);
  }
  return answered;
}

/** Its status was written and the fact was not: whoever waits for the sweep would pay for the machine until that wait runs out (I4). */
async function answerSweep(deps: BatchDeps, { workerId, status, heldCause }: Worker): Promise<boolean> {
  if (status !== 'swept' && status !== 'held') return false;
  if (!isOwed(await deps.stores.waits.get(waitId.swept(workerId)))) return false;
  const fact: SweptFact = status === 'swept' ? { outcome: 'swept' } : { outcome: 'held', cause: heldCause ?? 'held-before' };
  await recordFact(deps, waitId.swept(workerId), fact);
  return true;
}

/** No fact stands, or one stands and whoever waits for it has not been told. */
const isOwed = (wait: Wait | undefined): boolean => wait?.fact === undefined || (wait.token !== undefined && wait.answeredAt === undefined);

async function answerJobs(deps: BatchDeps, workerId: string): Promise<number> {
  let answered = 0;
  for (const job of await deps.stores.jobs.ofWorker(workerId)) if (await answerJob(deps, job)) answered += 1;
  return answered;
}

/** Answers whoever waits for what this job's record says. @returns whether an answer was owed */
export async function answerJob(deps: Pick<Deps, 'stores' | 'machines' | 'now'>, job: Job): Promise<boolean> {
  if (job.status === 'requested') return false;
  const wait = await deps.stores.waits.get(job.status === 'started' ? waitId.started(job.jobId) : waitId.ended(job.jobId));
  if (!isOwed(wait)) return false;
  if (job.status === 'started') await markStarted(deps, job, { actor: 'run-tick' });
  else await endJob(deps, job, { result: job.status, cause: job.cause ?? job.status });
  return true;
}
