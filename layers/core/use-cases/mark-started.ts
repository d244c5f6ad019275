import { FINAL_JOB_STATUSES, type Job } from '../entities';
import { RecordMissingError } from '../errors';
import { waitId } from '../ids';
import { noteStart } from './breakers';
import { changeBatch, changeJob, changeWorker } from './change-status';
import type { Deps } from './deps';
import { recordFact } from './record-fact';

export interface StartSeen {
  /** Who saw it: `callback`, `probe`. */
  readonly actor: string;
  readonly slurmId?: string;
}

/**
 * The job has begun: job *started*, its worker *live*, its batch *running* (the last two for kind *run* only, and the batch only
 * while it stands at this attempt, invariant I7), and the wait `<job>/started` is settled. Running it twice is safe: each change
 * goes along the transition table and is refused where it was made before; a job that ended meanwhile is left alone.
 * @returns the job as it stands now
 * @throws RecordMissingError when there is no such job
 */
export async function markStarted(deps: Pick<Deps, 'stores' | 'machines' | 'now'>, job: Job, seen: StartSeen): Promise<Job> {
  const { actor, slurmId } = seen;
  const changed = await changeJob(deps, job.jobId, 'started', {
    actor,
    set: { lastHeardAt: deps.now().toISOString(), ...(slurmId !== undefined && { slurmId }) },
    remove: ['missingSince', 'missingLooks', 'endedSeenAt'],
  });
  const current = changed.item;
  if (current === undefined) throw new RecordMissingError('job', job.jobId);
  if (FINAL_JOB_STATUSES.includes(current.status)) return current;
  if (current.kind === 'run') {
    const workerRef = current.slurmId === undefined ? {} : { set: { providerRef: current.slurmId } };
    if (current.workerId !== undefined) {
      const { item } = await changeWorker(deps, current.workerId, 'created', { actor, ...workerRef });
      if (item !== undefined) await noteStart(deps, item);
    }
    if (current.batchId !== undefined) {
      await changeBatch(deps, current.batchId, 'started', { actor, where: { attempt: current.attempt } });
    }
  }
  await recordFact(deps, waitId.started(current.jobId), { outcome: 'started' });
  return current;
}
