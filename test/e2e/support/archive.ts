import { basename, dirname } from 'node:path';
import { z } from 'zod';
import type { LoggedRequest } from '../../world/ena/control-schema';
import type { Installation } from '../../world/installation/installation';

/** Every GET of a FASTQ file that the archive saw. */
export const fetches = async ({ ena }: Installation): Promise<readonly LoggedRequest[]> =>
  (await ena.requests()).filter(({ method, path }) => method === 'GET' && path.includes('/vol1/'));

/** How often each file was asked for, by its path. */
export async function fetchCounts(installation: Installation): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { path } of await fetches(installation)) counts.set(path, (counts.get(path) ?? 0) + 1);
  return counts;
}

/** Files that were asked for more than once; `[]` is what a world without faults must show. */
export const fetchedAgain = async (installation: Installation): Promise<readonly string[]> =>
  [...(await fetchCounts(installation))].filter(([, count]) => count > 1).map(([path]) => basename(path));

/** Accessions of the runs of which a file was asked for, sorted. */
export const fetchedRuns = async (installation: Installation): Promise<readonly string[]> =>
  [...new Set((await fetches(installation)).map(({ path }) => basename(dirname(path))))].sort();

/** What the archive itself says that a query holds, asked outside of the product: accessions with and without files, sorted. */
export async function listedRuns(
  { enaUrl }: Installation,
  query: string,
): Promise<{ readonly withFiles: readonly string[]; readonly withoutFiles: readonly string[] }> {
  const parameters = { result: 'read_run', query, fields: 'run_accession,fastq_ftp', format: 'json', limit: '0' };
  const answer = await fetch(`${enaUrl}/ena/portal/api/search?${new URLSearchParams(parameters).toString()}`);
  const rows = z.array(z.object({ run_accession: z.string(), fastq_ftp: z.string() })).parse(await answer.json());
  const accessions = (has: boolean): readonly string[] =>
    rows
      .filter((row) => (row.fastq_ftp !== '') === has)
      .map((row) => row.run_accession)
      .sort();
  return { withFiles: accessions(true), withoutFiles: accessions(false) };
}
