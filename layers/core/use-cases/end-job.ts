import { FINAL_JOB_STATUSES, type Job } from '../entities';
import { RecordMissingError } from '../errors';
import { waitId } from '../ids';
import type { Deps } from './deps';
import { recordFact } from './record-fact';

export interface JobEnd {
  readonly result: 'finished' | 'failed' | 'lost' | 'cancelled';
  /** One kebab-case word: `finished`, `slurm-timeout`, `job-absent`, … */
  readonly cause: string;
  readonly detail?: string;
  /** Where the report of the job stands in the bucket, when there is one. */
  readonly reportKey?: string;
  /** Who says so, for the history; *trawl* unless told. */
  readonly actor?: string;
}
/** `already`: the job was final before; `job` is as it stands now, with the end that was recorded first. */
export type JobEnded = { readonly outcome: 'ended' | 'already'; readonly job: Job };

const isFinal = (job: Job): boolean => FINAL_JOB_STATUSES.includes(job.status);

/**
 * Ends a job and settles what waits for it: *started* with never-started (where nobody settled it before), then *ended*.
 * Running it twice is safe: the first end stands, and the facts of that first end are recorded again, which changes nothing
 * and answers a token whose answer was lost.
 * @throws RecordMissingError when there is no such job
 */
export async function endJob(deps: Pick<Deps, 'stores' | 'machines' | 'now'>, job: Job, end: JobEnd): Promise<JobEnded> {
  const ended = await writeEnd(deps, job, end);
  const { status, cause } = ended.job;
  await recordFact(deps, waitId.started(job.jobId), { outcome: 'never-started', cause: cause ?? status });
  await recordFact(deps, waitId.ended(job.jobId), { outcome: 'ended', result: status, ...(cause !== undefined && { cause }) });
  return ended;
}

/** A callback and a probe may move the job at the same moment, so a conflict is looked at and tried from where it stands now. */
async function writeEnd(deps: Pick<Deps, 'stores' | 'now'>, job: Job, end: JobEnd): Promise<JobEnded> {
  let current = job;
  while (!isFinal(current)) {
    const at = deps.now().toISOString();
    const written = await deps.stores.jobs.change(job.jobId, {
      from: current.status,
      set: {
        status: end.result,
        cause: end.cause,
        endedAt: at,
        ...(end.reportKey !== undefined && { reportKey: end.reportKey }),
      },
      event: {
        entityId: job.jobId,
        sourceId: job.sourceId,
        at,
        type: 'job-ended',
        from: current.status,
        to: end.result,
        actor: end.actor ?? 'trawl',
        detail: end.detail === undefined ? end.cause : `${end.cause}: ${end.detail}`,
      },
    });
    if (written.outcome === 'written') return { outcome: 'ended', job: written.item };
    if (written.item === undefined) throw new RecordMissingError('job', job.jobId);
    current = written.item;
  }
  return { outcome: 'already', job: current };
}
