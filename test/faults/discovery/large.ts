import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { quoteText, rowsOf, withDuckDb } from '../../../layers/adapters/duckdb/database';
import { listingKeys, sourceKeys } from '../../../layers/core/discovery/keys';
import { Progress } from '../../../layers/core/discovery/listing-progress';
import type { Source } from '../../../layers/core/entities';
import { slug } from '../../../layers/core/ids';
import { functionMemory, type FunctionMemory } from '../../world/aws/function-memory';
import { injected } from '../../run/faults/ledger';
import { acted, note, spoil } from './asked';
import { evidenceOf } from './known';
import { ROW_LIMIT, sourceOf, type Place } from './place';

export const LARGE_STUDY = 'PRJEB950000';
const SOURCE = sourceOf(LARGE_STUDY);
/** Where it has grown beyond one request: two windows, one of the days before the middle of 2013 and one of those after. */
export const LARGER = ROW_LIMIT + 1_000;
/** The window of the later days, as its question begins to differ. */
const SECOND_WINDOW = 'first_public>=201';

const makeLarge = ({ installation }: Place, count: number): Promise<void> => installation.ena.synthesize({ count, study: LARGE_STUDY });

/** What the kept listing of a cycle holds, counted by what reads nothing else of the product. */
async function countListed({ objects, installation }: Place, cycle: number) {
  const path = join(installation.emulator.stateDir, `listing-${cycle}.parquet`);
  await objects.download(listingKeys(SOURCE, cycle).listing, path);
  try {
    const sql = `SELECT count(*)::INTEGER AS rows, count(DISTINCT run_accession)::INTEGER AS runs, min(run_accession) AS first, max(run_accession) AS last FROM read_parquet(${quoteText(path)})`;
    const options = { memoryMb: 256, threads: 1, scratchDirectory: installation.emulator.stateDir };
    const [found] = await withDuckDb(options, (connection) => rowsOf(connection, sql));
    return z.object({ rows: z.number(), runs: z.number(), first: z.string(), last: z.string() }).parse(found);
  } finally {
    rmSync(path);
  }
}

/** Lines of `due.jsonl` of a cycle, and how many different runs they name. */
async function countDue({ objects }: Place, cycle: number): Promise<{ readonly lines: number; readonly runs: number }> {
  const accessions = new Set<string>();
  let lines = 0;
  for await (const line of objects.readLines(sourceKeys(SOURCE, cycle).due)) {
    accessions.add(/"accession":"([^"]+)"/.exec(line)?.[1] ?? '');
    lines += 1;
  }
  return { lines, runs: accessions.size };
}

/** Searches of a cycle for the windows, by the days that they ask for. */
async function searches({ installation }: Place, from: number) {
  const asked = (await installation.ena.requests()).filter(({ seq }) => seq > from);
  const found = asked.filter(({ path, query }) => path.endsWith('/search') && query['query']?.includes(LARGE_STUDY) === true);
  return found.map(({ query, fault }) => ({ window: query['query']?.replace(/^.*? AND /, '') ?? '', fault }));
}

/** What comes before: as many rows as one request takes, one of them twice, in a table that is whole by its form. */
export async function prepareLarge(place: Place): Promise<void> {
  await makeLarge(place, ROW_LIMIT);
  // The first search is that of the study itself, when it is named.
  await spoil(place, LARGE_STUDY, 'search', { kind: 'doubled-row' }, { after: 1 });
}

const nothingKnown = async (place: Place, source: Source) => ({
  source,
  documents: await place.objects.list(`sources/${slug(SOURCE)}/`),
  ...(await evidenceOf(place, LARGE_STUDY, source.cycle)),
});

export async function doubledInOneRequest(place: Place) {
  const source = await place.untilCycleEnded(SOURCE, 1);
  await note(place, LARGE_STUDY, 'archive-large-row-doubled');
  return nothingKnown(place, source);
}

/** The second listing is in windows, one of which lacks a row: nothing of it counts either. */
export async function lostInWindow(place: Place) {
  const before = await acted(place, LARGE_STUDY);
  await makeLarge(place, LARGER);
  await place.installation.ena.inject({ on: 'portal', contains: SECOND_WINDOW, fault: { kind: 'lost-rows', rows: 1 } });
  const source = await place.check(SOURCE);
  await note(place, LARGE_STUDY, 'archive-window-row-lost', before);
  return nothingKnown(place, source);
}

/** The third breaks off in the middle, is throttled after that, and is taken up where it was. */
export async function windowsResumed(place: Place) {
  const { ena, emulator, name } = place.installation;
  const from = (await ena.requests()).at(-1)?.seq ?? 0;
  for (const fault of [{ kind: 'cut' }, { kind: 'status', status: 429, retryAfterSeconds: 1 }] as const)
    await ena.inject({ on: 'portal', contains: SECOND_WINDOW, fault });
  const source = await place.check(SOURCE);
  const memory = peaks(functionMemory(emulator), name);
  const progress = await place.objects.getJson(listingKeys(SOURCE, source.cycle).progress, Progress);
  const [listed, due] = [await countListed(place, source.cycle), await countDue(place, source.cycle)];
  const asked = await searches(place, from);
  for (const { fault } of asked) if (fault !== null) injected(fault === 'cut' ? 'archive-window-cut' : 'archive-window-throttled');
  return { source, progress, searches: asked, listed, due, memory };
}

/** The highest of each function, by its folder. */
function peaks(all: readonly FunctionMemory[], installation: string): ReadonlyMap<string, FunctionMemory> {
  return new Map([...all].reverse().map((memory) => [memory.name.replace(`${installation}-`, ''), memory]));
}
