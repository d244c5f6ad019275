import type { ObjectStore } from '../ports/outside';
import { PlannedRun } from '../wire';
import type { Sized } from './plan-batches';

type DueDeps = { readonly objects: Pick<ObjectStore, 'readLines'> };

/** Due runs, one a line. */
export async function* plannedRuns(lines: AsyncIterable<string>): AsyncIterable<PlannedRun> {
  for await (const line of lines) if (line !== '') yield PlannedRun.parse(JSON.parse(line));
}

/** The due runs of a cycle, line by line. @throws ObjectMissingError when the cycle wrote none */
export const dueRuns = ({ objects }: DueDeps, dueKey: string): AsyncIterable<PlannedRun> => plannedRuns(objects.readLines(dueKey));

export async function dueSizes(deps: DueDeps, dueKey: string): Promise<readonly Sized[]> {
  const sizes: Sized[] = [];
  for await (const { accession, files } of dueRuns(deps, dueKey)) {
    sizes.push({ accession, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) });
  }
  return sizes;
}
