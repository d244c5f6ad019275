import { z } from 'zod';
import { RunAccession } from '../ids';
import type { ObjectStore } from '../ports/outside';
import { PlannedRun, RunFile } from '../wire';
import type { Sized } from './plan-batches';

type DueDeps = { readonly objects: Pick<ObjectStore, 'readLines'> };

/** Due runs, one a line. */
export async function* plannedRuns(lines: AsyncIterable<string>): AsyncIterable<PlannedRun> {
  for await (const line of lines) if (line !== '') yield PlannedRun.parse(JSON.parse(line));
}

/** A due run as it is planned: `line` of `due.jsonl`, counted from 0 without empty ones. */
export interface DueRun extends Sized {
  readonly line: number;
}

/** All that a plan needs of a run before it is written down; the rest is read then. */
const Sizes = z.object({ accession: RunAccession, files: z.array(RunFile.pick({ bytes: true })) });

/** @throws ObjectMissingError when the cycle wrote none */
export async function dueSizes({ objects }: DueDeps, dueKey: string): Promise<readonly DueRun[]> {
  const sizes: DueRun[] = [];
  for await (const line of objects.readLines(dueKey)) {
    if (line === '') continue;
    const { accession, files } = Sizes.parse(JSON.parse(line));
    sizes.push({ accession, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), line: sizes.length });
  }
  return sizes;
}
