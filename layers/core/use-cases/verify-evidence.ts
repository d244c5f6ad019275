import { VERIFYING_KINDS, type Job } from '../entities';
import { isEarlyJob } from '../ids';
import { isAllListed } from '../lifecycle/reproducible';
import { VerifyReport, type AttemptManifest } from '../wire';
import type { Deps } from './deps';
import { reportKeyOf } from './keys';

const sweepNumberOf = ({ jobId }: Job): number => Number(jobId.slice(jobId.lastIndexOf('-') + 1));

/**
 * What is verified of an attempt: by its newest sweep for good, which tells of every run. Where there was none, since its machine is gone or held, what early sweeps verified is home all
 * the same: all of that together. Only a verification that was finished says something about runs. Reads only.
 */
export async function verifyEvidence(
  { objects }: Pick<Deps, 'objects'>,
  manifest: AttemptManifest,
  jobs: readonly Job[],
): Promise<VerifyReport | undefined> {
  const finished = jobs.filter(({ kind, status }) => VERIFYING_KINDS.includes(kind) && status === 'finished');
  const newest = finished.filter((job) => !isEarlyJob(job)).sort((one, other) => sweepNumberOf(other) - sweepNumberOf(one))[0];
  if (newest !== undefined) return objects.getJson(reportKeyOf(newest.jobId), VerifyReport);
  if (!isAllListed(manifest)) return undefined;
  const reports = await Promise.all(finished.map(({ jobId }) => objects.getJson(reportKeyOf(jobId), VerifyReport)));
  const whole = reports.filter((report) => report !== undefined);
  const runs = whole.flatMap((report) => report.runs).filter(({ result }) => result === 'verified');
  return whole[0] && { ...whole[0], runs };
}
