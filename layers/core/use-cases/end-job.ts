import type { Job } from '../entities';
import { RecordMissingError } from '../errors';
import { waitId } from '../ids';
import { changeJob } from './change-status';
import type { Deps } from './deps';
import { type EndedFact, recordFact } from './record-fact';

export interface JobEnd {
  readonly result: EndedFact['result'];
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

const resultOf = (job: Job): EndedFact['result'] | undefined =>
  job.status === 'requested' || job.status === 'started' ? undefined : job.status;

/**
 * Ends a job and settles what waits for it: *started* where nobody did before (with never-started, unless its record says that it did start),
 * then *ended*.
 * Running it twice is safe: the first end stands, and the facts of that first end are recorded again, which changes nothing
 * and answers a token whose answer was lost.
 * @throws RecordMissingError when there is no such job
 */
export async function endJob(deps: Pick<Deps, 'stores' | 'machines' | 'now'>, job: Job, end: JobEnd): Promise<JobEnded> {
  const changed = await changeJob(deps, job.jobId, end.result, {
    actor: end.actor ?? 'trawl',
    detail: end.detail === undefined ? end.cause : `${end.cause}: ${end.detail}`,
    set: { cause: end.cause, ...(end.reportKey !== undefined && { reportKey: end.reportKey }) },
  });
  if (changed.item === undefined) throw new RecordMissingError('job', job.jobId);
  const result = resultOf(changed.item) ?? end.result;
  const cause = changed.item.cause ?? end.cause;
  const hasStarted = changed.item.startedAt !== undefined;
  await recordFact(deps, waitId.started(job.jobId), hasStarted ? { outcome: 'started' } : { outcome: 'never-started', cause });
  await recordFact(deps, waitId.ended(job.jobId), { outcome: 'ended', result, cause });
  return { outcome: changed.outcome === 'changed' ? 'ended' : 'already', job: changed.item };
}
