import type { Job } from '../entities';
import { FINAL_JOB_STATUSES } from '../entities';
import { jobKeyOf } from '../ids';
import type { SubmitRequest } from '../wire';
import type { Deps } from './deps';
import { endJob } from './end-job';
import type { PreparedJob } from './prepare-job';

export type Submitted = { readonly outcome: 'done' | 'unknown' | 'already-over' } | { readonly outcome: 'failed'; readonly cause: string };

/**
 * Hands a prepared job to the gate, once. *failed* ends the job, and so answers whoever waits for it; *unknown* leaves it open: its
 * key is looked for by the probe. Running twice is safe: the gate looks for the key before it submits, a job that is over is left alone.
 */
export async function submitJob(
  deps: Pick<Deps, 'stores' | 'machines' | 'gate' | 'now' | 'installation'>,
  { job, enrolment }: PreparedJob,
  request: Pick<SubmitRequest, 'resources' | 'spec'> & { readonly kind: SubmitRequest['kind'] },
): Promise<Submitted> {
  if (FINAL_JOB_STATUSES.includes(job.status)) {
    await endJob(deps, job, { result: 'lost', cause: job.cause ?? 'already-over' });
    return { outcome: 'already-over' };
  }
  const answer = await deps.gate.submit({
    v: 1,
    key: jobKeyOf(deps.installation, job.jobId),
    jobId: job.jobId,
    deadlineEpochSeconds: epochSeconds(job),
    enrolment,
    ...request,
  });
  if (answer.outcome === 'failed') {
    await endJob(deps, job, { result: 'failed', cause: answer.reason, detail: answer.detail });
    return { outcome: 'failed', cause: answer.reason };
  }
  if (answer.outcome === 'done') await deps.stores.jobs.note(job.jobId, { slurmId: answer.slurmId });
  return { outcome: answer.outcome };
}

const epochSeconds = (job: Job): number => Math.floor(Date.parse(job.deadline) / 1000);
