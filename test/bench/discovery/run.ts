import { build } from 'esbuild';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteText, withDuckDb } from '../../../layers/adapters/duckdb/database';
import { ROW_DIGEST } from '../../../layers/adapters/duckdb/row-digest';
import { LISTING_COLUMNS } from '../../../layers/core/discovery/columns';
import { CycleSummary } from '../../../layers/core/discovery/documents';
import { listingKeys, sourceKeys } from '../../../layers/core/discovery/keys';
import { ASSUMED_PACE } from '../../../layers/core/planning/pace';
import { MIN_BATCH_BYTES } from '../../../layers/core/planning/plan-batches';
import { installOnce, TOOLS_FOLDER } from '../../world/setup/install-once';
import { createVenv } from '../../world/setup/python';
import { mustRun, sayOnStderr } from '../../world/setup/run-command';
import { digestSeconds, makeListings, type Listings } from './archive';
import { heldTo } from './held';
import { medianOf } from './medians';
import { planQuality } from './plan-quality';
import { failuresOf, printReport, verdictOf, type Point, type Report } from './report';
import { enaRequests } from './usage/ena-requests';
import { printUsage, usageFailures, type UsageReport } from './usage/report';
import { liveThrough } from './usage/world';
import {
  CAPS,
  FIRST_LIMIT_MB,
  HEAP_LIMIT_MB,
  MAX_MINUTES,
  Measured,
  Pandas,
  PANDAS_WAYS,
  PEAK_LIMIT_MB,
  SOURCE_ID,
  WORKERS,
  type PandasWay,
} from './settings';

const ROOT = join(__dirname, '../../..');
const FOLDER = join(ROOT, '.trawl/bench');
/** Of which some 1,000 are due: four batches of 250. */
const USAGE_ROWS = 1_318;
const REQUIREMENTS = join(__dirname, 'requirements.txt');

interface Programs {
  readonly program: string;
  readonly python: string;
}

/** Measures archives of the given sizes one after the other, each so many times by turns. @returns 1 when a stated limit does not hold */
export async function runDiscovery(sizes: readonly number[], times: number, asJson: boolean): Promise<number> {
  const wrong = sizes.find((rows) => !Number.isInteger(rows) || rows < 2000);
  if (wrong !== undefined)
    throw new Error(`--rows: ${wrong} is no size of an archive; give whole numbers from 2000 on, with commas between`);
  const python = await ensurePandas();
  const program = join(FOLDER, 'measured.cjs');
  await build({
    entryPoints: [join(__dirname, 'measured.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    external: ['@duckdb/node-api'],
    logLevel: 'error',
  });
  const points: Point[] = [];
  for (const rows of sizes) points.push(await measure(rows, times, { program, python }));
  const report: Report = { points, plan: planQuality(), usage: await usageOf() };
  const failures = failuresOf(report);
  process.stdout.write(asJson ? `${JSON.stringify({ ...report, failures }, undefined, 2)}\n` : printReport(report, failures));
  return failures.length === 0 ? 0 : 1;
}

/** What is asked of ENA and of AWS, counted. @param asJson as `runDiscovery` prints it @returns 1 above the limit in dollars */
export async function runUsage(asJson: boolean): Promise<number> {
  const usage = await usageOf();
  const failures = usageFailures(usage);
  process.stdout.write(asJson ? `${JSON.stringify({ usage, failures }, undefined, 2)}\n` : `${printUsage(usage)}${verdictOf(failures)}\n`);
  return failures.length === 0 ? 0 : 1;
}

async function usageOf(): Promise<UsageReport> {
  sayOnStderr('requests to ENA and use of AWS');
  const ena = [await enaRequests(100_000), await enaRequests(4_000_000)];
  return { ena, lived: await liveThrough(USAGE_ROWS) };
}

async function ensurePandas(): Promise<string> {
  const folder = join(TOOLS_FOLDER, 'pandas');
  const version = (await readFile(REQUIREMENTS, 'utf8')).trim().split('\n').join(' ');
  await installOnce({ what: 'pandas', folder, version, say: sayOnStderr, install: () => createVenv(folder, REQUIREMENTS) });
  return join(folder, 'bin', 'python');
}

async function measure(rows: number, times: number, { program, python }: Programs): Promise<Point> {
  const folder = join(FOLDER, `archive-${rows}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  sayOnStderr(`${rows} runs: making two listings`);
  const listings = await makeListings(folder, rows);
  const bucket = join(folder, 'bucket');
  await place(listings.before, join(bucket, listingKeys(SOURCE_ID, 1).listing));
  await place(listings.now, join(bucket, listingKeys(SOURCE_ID, 2).listing));
  sayOnStderr(`${rows} runs: the first listing`);
  const first = await cycle(program, bucket, 1);
  await settle(bucket, folder);
  const records = join(bucket, sourceKeys(SOURCE_ID, 1).runs);
  const second: Measured[] = [];
  const pandas: Record<PandasWay, Pandas[]> = { all: [], few: [], digest: [] };
  for (let time = 1; time <= times; time += 1) {
    sayOnStderr(`${rows} runs: the second listing and pandas, ${time} of ${times}`);
    second.push(await cycle(program, bucket, 2));
    for (const way of PANDAS_WAYS) pandas[way].push(await samework(python, listings, records, way));
  }
  const digests = await digestSeconds(listings.now, folder);
  await rm(folder, { recursive: true, force: true });
  const { all, few, digest } = pandas;
  return { rows, first, second: medianOf(second), pandas: { all: medianOf(all), few: medianOf(few), digest: medianOf(digest) }, digests };
}

async function place(from: string, to: string): Promise<void> {
  await mkdir(join(to, '..'), { recursive: true });
  await copyFile(from, to);
}

/** In a process that is killed where it passes the limit; a first listing has the larger one. */
async function cycle(program: string, bucket: string, number: number): Promise<Measured> {
  const node = [`--max-old-space-size=${HEAP_LIMIT_MB}`, program, bucket, String(number)];
  return Measured.parse(JSON.parse(await heldTo(number === 1 ? FIRST_LIMIT_MB : PEAK_LIMIT_MB, process.execPath, node)));
}

/** As if everything had been fetched since the first listing. */
async function settle(bucket: string, scratchDirectory: string): Promise<void> {
  const { runs, summary } = sourceKeys(SOURCE_ID, 1);
  const path = join(bucket, runs);
  const settled = join(scratchDirectory, 'settled.parquet');
  await withDuckDb({ memoryMb: 2048, threads: 2, scratchDirectory }, async (connection) => {
    const state = `CASE WHEN state = 'due' THEN 'complete' ELSE state END AS state`;
    const sql = `SELECT * REPLACE (${state}) FROM read_parquet(${quoteText(path)}) ORDER BY accession`;
    await connection.run(`COPY (${sql}) TO ${quoteText(settled)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)`);
  });
  await copyFile(settled, path);
  const told = CycleSummary.parse(JSON.parse(await readFile(join(bucket, summary), 'utf8')));
  const states = { ...told.states, due: 0, complete: told.states.due };
  await writeFile(join(bucket, summary), JSON.stringify({ ...told, states, dueBytes: 0 }));
}

async function samework(python: string, { before, now }: Listings, records: string, way: PandasWay): Promise<Pandas> {
  const time = { maxSeconds: 60 * MAX_MINUTES, pace: ASSUMED_PACE };
  const settings = JSON.stringify({
    columns: LISTING_COLUMNS,
    way,
    digest: ROW_DIGEST,
    ...CAPS,
    ...time,
    workers: WORKERS,
    minBytes: MIN_BATCH_BYTES,
  });
  return Pandas.parse(JSON.parse(await mustRun(python, [join(__dirname, 'same_work.py'), before, now, records, settings])));
}
