import { FINAL_JOB_STATUSES, type Job } from '../entities';
import { RecordMissingError } from '../errors';
import { waitId } from '../ids';
import type { Deps } from './deps';
import { recordFact } from './record-fact';

export interface StartSeen {
  /** Who saw it: `callback`, `probe`. */
  readonly actor: string;
  readonly slurmId?: string;
}

/**
 * The job has begun: job *started*, its worker *live*, its batch *running* (the last two for kind *run* only), and the wait
 * `<job>/started` is settled. Running it twice is safe: each write goes along one transition and is skipped where it was
 * made before; a job that ended meanwhile is left alone.
 * @returns the job as it stands now
 * @throws RecordMissingError when there is no such job
 */
export async function markStarted(deps: Pick<Deps, 'stores' | 'machines' | 'now'>, job: Job, seen: StartSeen): Promise<Job> {
  const current = await startJob(deps, job, seen);
  if (FINAL_JOB_STATUSES.includes(current.status)) return current;
  if (current.kind === 'run') {
    await startWorker(deps, current, seen);
    await startBatch(deps, current, seen);
  }
  await recordFact(deps, waitId.started(current.jobId), { outcome: 'started' });
  return current;
}

async function startJob(deps: Pick<Deps, 'stores' | 'now'>, job: Job, seen: StartSeen): Promise<Job> {
  if (job.status !== 'requested') return job;
  const at = deps.now().toISOString();
  const written = await deps.stores.jobs.change(job.jobId, {
    from: 'requested',
    set: { status: 'started', startedAt: at, lastHeardAt: at, ...(seen.slurmId !== undefined && { slurmId: seen.slurmId }) },
    remove: ['missingSince'],
    event: { ...eventOf(job, at, seen), entityId: job.jobId, type: 'job-started', from: 'requested', to: 'started' },
  });
  if (written.item === undefined) throw new RecordMissingError('job', job.jobId);
  return written.item;
}

async function startWorker(deps: Pick<Deps, 'stores' | 'now'>, job: Job, seen: StartSeen): Promise<void> {
  if (job.workerId === undefined) return;
  const at = deps.now().toISOString();
  await deps.stores.workers.change(job.workerId, {
    from: 'requested',
    set: { status: 'live', ...(seen.slurmId !== undefined && { providerRef: seen.slurmId }) },
    event: { ...eventOf(job, at, seen), entityId: job.workerId, type: 'worker-live', from: 'requested', to: 'live' },
  });
}

/** Only while the batch is still at this attempt: a late word of an older one changes nothing (invariant I7). */
async function startBatch(deps: Pick<Deps, 'stores' | 'now'>, job: Job, seen: StartSeen): Promise<void> {
  if (job.batchId === undefined) return;
  const at = deps.now().toISOString();
  await deps.stores.batches.change(job.batchId, {
    from: 'dispatched',
    where: { attempt: job.attempt },
    set: { status: 'running' },
    event: { ...eventOf(job, at, seen), entityId: job.batchId, type: 'batch-running', from: 'dispatched', to: 'running' },
  });
}

const eventOf = (job: Job, at: string, seen: StartSeen) => ({ sourceId: job.sourceId, at, actor: seen.actor });
