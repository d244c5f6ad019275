import { z } from 'zod';
import { slug } from '../ids';
import type { Deps } from './deps';
import { chunksOf } from './chunks';

/** A line of `sources/<slug>/<cycle>/included.jsonl`, as far as counting and indexing need it. */
export const IncludedRun = z.object({
  accession: z.string(),
  filesHash: z.string(),
  fetchKey: z.string(),
  /** As the comparison found it: verified, in work here or elsewhere, to be fetched, or failed lately. */
  state: z.enum(['complete', 'claimed', 'linked', 'due', 'failed']),
});
export type IncludedRun = z.infer<typeof IncludedRun>;

export const includedKeyOf = (sourceId: string, cycle: number): string => `sources/${slug(sourceId)}/${cycle}/included.jsonl`;

/** The included runs of a source, line by line. @throws ObjectMissingError when the cycle wrote none */
export async function* includedRuns(deps: Pick<Deps, 'objects'>, sourceId: string, cycle: number): AsyncIterable<IncludedRun> {
  for await (const line of deps.objects.readLines(includedKeyOf(sourceId, cycle))) {
    if (line !== '') yield IncludedRun.parse(JSON.parse(line));
  }
}

export interface IndexEntry {
  readonly accession: string;
  readonly filesHash: string;
  readonly stage: string;
  readonly revision: string;
}
export interface SourceCount {
  /** Verified runs, sorted by accession. */
  readonly entries: readonly IndexEntry[];
  readonly failed: number;
  /** Neither verified nor failed: cancelled, or due at the next check. */
  readonly open: number;
}

/** Included runs × outcomes, as they stand now. What the comparison called complete stays so: outcomes of that kind are for good. */
export async function countSource(deps: Pick<Deps, 'objects' | 'stores'>, sourceId: string, cycle: number): Promise<SourceCount> {
  const settled: IncludedRun[] = [];
  const asked: IncludedRun[] = [];
  for await (const run of includedRuns(deps, sourceId, cycle)) (run.state === 'complete' ? settled : asked).push(run);
  let failed = 0;
  let open = 0;
  for (const chunk of chunksOf(asked)) {
    const outcomes = await deps.stores.outcomes.get(chunk.map(({ fetchKey }) => fetchKey));
    for (const run of chunk) {
      const result = outcomes.get(run.fetchKey)?.result;
      if (result === 'complete') settled.push(run);
      else if (result === 'failed') failed += 1;
      else open += 1;
    }
  }
  return { entries: settled.map(entryOf).sort(byAccession), failed, open };
}

/** Stage and revision stand in the fetch key, `<accession>#<filesHash>#<stage>@<revision>`. */
function entryOf({ accession, filesHash, fetchKey }: IncludedRun): IndexEntry {
  const [stage = '', revision = ''] = fetchKey.slice(fetchKey.lastIndexOf('#') + 1).split('@');
  return { accession, filesHash, stage, revision };
}
const byAccession = (one: IndexEntry, other: IndexEntry): number =>
  one.accession < other.accession ? -1 : one.accession > other.accession ? 1 : 0;
