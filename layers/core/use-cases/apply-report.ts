import { FINAL_JOB_STATUSES, type Job } from '../entities';
import type { JobReport } from '../wire';
import type { Deps } from './deps';
import { endJob, type JobEnded } from './end-job';
import { reportKeyOf } from './keys';
import { markStarted } from './mark-started';

export type ReportApplied = JobEnded | { readonly outcome: 'refused'; readonly reason: 'other-job' | 'other-kind' };

/**
 * The job's own word about its end, come by callback or read from its directory: stored as `reports/<job>.json`, then the
 * job ends by it. A job whose *started* was lost is marked started first, because it did start and there is something to sweep.
 * Running it twice is safe: a job that is final is left as it is, and so is the report stored with it.
 */
export async function applyReport(
  deps: Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>,
  job: Job,
  report: JobReport,
  heardFrom: 'callback' | 'probe' | 'early-sweep',
): Promise<ReportApplied> {
  if (report.jobId !== job.jobId) return { outcome: 'refused', reason: 'other-job' };
  if (report.kind !== job.kind) return { outcome: 'refused', reason: 'other-kind' };
  const key = reportKeyOf(job.jobId);
  if (!FINAL_JOB_STATUSES.includes(job.status)) await deps.objects.putJson(key, report);
  const current = job.status === 'requested' ? await markStarted(deps, job, { actor: heardFrom }) : job;
  return endJob(deps, current, {
    result: report.result,
    cause: report.reason ?? report.result,
    ...(report.kind === 'run' && report.process != null && { detail: report.process }),
    reportKey: key,
    actor: heardFrom,
  });
}
