import { CycleSummary, IncludedRun, isIncluded, isInWork } from '../discovery/documents';
import { sourceKeys } from '../discovery/keys';
import { isReproducible } from '../lifecycle/reproducible';
import type { Deps } from './deps';
import { chunksOf } from './chunks';

interface Objects {
  readonly objects: Pick<Deps['objects'], 'readLines'>;
}

/** What a cycle wrote itself, line by line. @throws ObjectMissingError when it wrote nothing */
async function* ownRuns({ objects }: Objects, sourceId: string, cycle: number): AsyncIterable<IncludedRun> {
  for await (const line of objects.readLines(sourceKeys(sourceId, cycle).included)) {
    if (line !== '') yield IncludedRun.parse(JSON.parse(line));
  }
}

/** Included runs that a batch was fetching when the cycle compared. A base has none that the cycle does not have itself. */
export async function* runsInWork(deps: Objects, sourceId: string, cycle: number): AsyncIterable<IncludedRun> {
  for await (const run of ownRuns(deps, sourceId, cycle)) if (isInWork(run.state)) yield run;
}

/** All included runs of a source, each once: those that the cycle wrote, then those of its base. @throws ObjectMissingError when it wrote none */
export async function* includedRuns(deps: Pick<Deps, 'objects'>, sourceId: string, cycle: number): AsyncIterable<IncludedRun> {
  const baseCycle = (await deps.objects.getJson(sourceKeys(sourceId, cycle).summary, CycleSummary))?.baseCycle;
  const replaced = new Set<string>();
  for await (const run of ownRuns(deps, sourceId, cycle)) {
    if (baseCycle !== undefined) replaced.add(run.accession);
    if (isIncluded(run.state)) yield run;
  }
  if (baseCycle === undefined) return;
  for await (const run of ownRuns(deps, sourceId, baseCycle)) if (!replaced.has(run.accession)) yield run;
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
  /** Verified runs by a word that a stage said about them; empty where the source's stages say none. */
  readonly verdicts: Readonly<Record<string, number>>;
}

type Outcomes = Awaited<ReturnType<Deps['stores']['outcomes']['get']>>;
/** Calls to the table at a time: of a source of a million runs there are ten thousand. */
const AT_ONCE = 16;

/**
 * Runs with what the table says of each, in their order. Most are complete, and are read at half the price; those that do not look so are
 * asked about again, surely. One whose result is set aside at this moment may still count as home: as it would had it been asked about a moment earlier.
 */
async function* withOutcomes(
  { stores }: Pick<Deps, 'stores'>,
  runs: readonly IncludedRun[],
): AsyncIterable<readonly [IncludedRun, ReturnType<Outcomes['get']>]> {
  for (const chunks of chunksOf(chunksOf(runs), AT_ONCE)) {
    const found = await Promise.all(chunks.map((chunk) => outcomesOf(stores, chunk)));
    for (const [at, chunk] of chunks.entries()) for (const run of chunk) yield [run, found[at]?.get(run.fetchKey)];
  }
}

async function outcomesOf({ outcomes }: Pick<Deps['stores'], 'outcomes'>, chunk: readonly IncludedRun[]): Promise<Outcomes> {
  const keys = chunk.map(({ fetchKey }) => fetchKey);
  const early = await outcomes.get(keys, { mayLag: true });
  const home = new Map([...early].filter(([, { result }]) => result === 'complete'));
  const open = keys.filter((key) => !home.has(key));
  return open.length === 0 ? home : new Map([...home, ...(await outcomes.get(open))]);
}

/** Included runs × outcomes, as they stand now. What the comparison called complete stays so: outcomes of that kind are for good. */
export async function countSource(deps: Pick<Deps, 'objects' | 'stores'>, sourceId: string, cycle: number): Promise<SourceCount> {
  const settled: IncludedRun[] = [];
  const asked: IncludedRun[] = [];
  const verdicts = new Tally();
  for await (const run of includedRuns(deps, sourceId, cycle)) (run.state === 'complete' ? settled : asked).push(run);
  let failed = 0;
  let open = 0;
  // Only stages that are not fetch say anything about what they verified.
  const judged = settled.filter((run) => !isReproducible({ name: entryOf(run).stage }));
  for await (const [, outcome] of withOutcomes(deps, judged)) verdicts.add(outcome?.verdict);
  for await (const [run, { result, verdict } = {}] of withOutcomes(deps, asked)) {
    if (result === 'complete') verdicts.add(verdict);
    if (result === 'complete') settled.push(run);
    else if (result === 'failed') failed += 1;
    else open += 1;
  }
  return { entries: settled.map(entryOf).sort(byAccession), failed, open, verdicts: verdicts.counts };
}

/** Counts the words of verdicts. */
class Tally {
  readonly counts: Record<string, number> = {};
  add(verdict = ''): void {
    for (const word of verdict.split(' ').filter((one) => one !== '')) this.counts[word] = (this.counts[word] ?? 0) + 1;
  }
}

/** Stage and revision stand in the fetch key, `<accession>#<filesHash>#<stage>@<revision>`. */
function entryOf({ accession, filesHash, fetchKey }: IncludedRun): IndexEntry {
  const [stage = '', revision = ''] = fetchKey.slice(fetchKey.lastIndexOf('#') + 1).split('@');
  return { accession, filesHash, stage, revision };
}
const byAccession = (one: IndexEntry, other: IndexEntry): number =>
  one.accession < other.accession ? -1 : one.accession > other.accession ? 1 : 0;
