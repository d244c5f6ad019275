import { FINAL_JOB_STATUSES, type Batch, type Job, type Worker } from '../entities';
import { fetchKeyOf, waitId, workerIdOf } from '../ids';
import { BatchPlan } from '../wire';
import { changeBatch } from './change-status';
import type { Deps } from './deps';
import { startAttempt } from './dispatch-batch';
import { endJob } from './end-job';
import { evaluateSource } from './evaluate-source';
import type { Isolate } from './isolate';
import { markStarted } from './mark-started';

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
      const cancel = status === 'planned' ? cancelPlanned : stopJob;
      if ((await deps.isolate(batch.batchId, () => cancel(deps, batch))) === true) cancelled += 1;
    }
  }
  return cancelled;
}

async function cancelPlanned(deps: BatchDeps, batch: Batch): Promise<boolean> {
  const changed = await changeBatch(deps, batch.batchId, 'cancel', { actor: 'run-tick', where: { status: 'planned' } });
  if (changed.outcome === 'refused') return false;
  const plan = await deps.objects.getJson(batch.planKey, BatchPlan);
  const keys = (plan?.runs ?? []).map((run) => fetchKeyOf(run.accession, run.filesHash, batch.stage, batch.revision));
  const waiters = await deps.stores.claims.release(keys, batch.batchId);
  for (const sourceId of new Set([batch.sourceId, ...waiters])) await evaluateSource(deps, sourceId);
  return true;
}

async function stopJob(deps: BatchDeps, batch: Batch): Promise<boolean> {
  const jobs = await deps.stores.jobs.ofWorker(workerIdOf(batch.batchId, batch.attempt));
  const job = jobs.find(({ kind, status }) => kind === 'run' && !FINAL_JOB_STATUSES.includes(status));
  if (job === undefined || job.stopRequested) return false;
  const stopRequestedAt = deps.now().toISOString();
  await deps.stores.jobs.note(job.jobId, { stopRequested: true, stopRequestedAt, cause: 'cancel-requested' });
  return true;
}

/** Admitted batches whose process-batch was never started: the start was lost after the transaction. Safe to repeat. */
export async function repairStarts(deps: BatchDeps): Promise<number> {
  let repaired = 0;
  for (const batch of await deps.stores.batches.withStatus('dispatched', LOOK_AT)) {
    if ((await deps.isolate(batch.batchId, () => startMissing(deps, batch))) === true) repaired += 1;
  }
  return repaired;
}

async function startMissing(deps: BatchDeps, { batchId, attempt }: Batch): Promise<boolean> {
  if ((await deps.machines.status('process-batch', workerIdOf(batchId, attempt))) !== undefined) return false;
  await startAttempt(deps, batchId, attempt);
  return true;
}

/**
 * Facts that are recorded on a job but whose wait was not answered, because a function died between the two writes: recorded again,
 * which answers a waiting token and otherwise changes nothing.
 */
export async function answerAgain(deps: BatchDeps, alive: readonly Worker[]): Promise<number> {
  let answered = 0;
  for (const { workerId } of alive) answered += (await deps.isolate(workerId, () => answerJobs(deps, workerId))) ?? 0;
  return answered;
}

async function answerJobs(deps: BatchDeps, workerId: string): Promise<number> {
  let answered = 0;
  for (const job of await deps.stores.jobs.ofWorker(workerId)) if (await answerJob(deps, job)) answered += 1;
  return answered;
}

async function answerJob(deps: Pick<Deps, 'stores' | 'machines' | 'now'>, job: Job): Promise<boolean> {
  if (job.status === 'requested') return false;
  const wait = await deps.stores.waits.get(job.status === 'started' ? waitId.started(job.jobId) : waitId.ended(job.jobId));
  const owed = wait?.fact === undefined || (wait.token !== undefined && wait.answeredAt === undefined);
  if (!owed) return false;
  if (job.status === 'started') await markStarted(deps, job, { actor: 'run-tick' });
  else await endJob(deps, job, { result: job.status, cause: job.cause ?? job.status });
  return true;
}
