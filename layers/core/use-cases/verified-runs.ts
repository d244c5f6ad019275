import { VERIFYING_KINDS } from '../entities';
import { VerifyReport } from '../wire';
import type { Deps } from './deps';
import { reportKeyOf } from './keys';

/** Accessions of a worker's runs that are verified at home, sorted: by the word of every sweep that was finished, since what one verified stays so. Reads only. */
export async function verifiedRuns({ stores, objects }: Pick<Deps, 'stores' | 'objects'>, workerId: string): Promise<readonly string[]> {
  const sweeps = (await stores.jobs.ofWorker(workerId)).filter(
    ({ kind, status }) => VERIFYING_KINDS.includes(kind) && status === 'finished',
  );
  const reports = await Promise.all(sweeps.map(({ jobId }) => objects.getJson(reportKeyOf(jobId), VerifyReport)));
  const verified = reports.flatMap((report) => report?.runs ?? []).filter(({ result }) => result === 'verified');
  return [...new Set(verified.map(({ accession }) => accession))].sort();
}
