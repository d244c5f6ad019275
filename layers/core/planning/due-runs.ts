import type { ObjectStore } from '../ports/outside';
import { PlannedRun } from '../wire';
import type { Sized } from './plan-batches';

type DueDeps = { readonly objects: Pick<ObjectStore, 'readLines'> };

/** The due runs of a cycle, line by line. @throws ObjectMissingError when the cycle wrote none */
export async function* dueRuns({ objects }: DueDeps, dueKey: string): AsyncIterable<PlannedRun> {
  for await (const line of objects.readLines(dueKey)) if (line !== '') yield PlannedRun.parse(JSON.parse(line));
}

export async function dueSizes(deps: DueDeps, dueKey: string): Promise<readonly Sized[]> {
  const sizes: Sized[] = [];
  for await (const { accession, files } of dueRuns(deps, dueKey)) {
    sizes.push({ accession, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) });
  }
  return sizes;
}
