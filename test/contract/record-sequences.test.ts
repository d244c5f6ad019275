/** The central property of the comparison: which runs the rules see is a matter of speed alone. Real DuckDB, real documents. */
import { DEFAULT_FILTERS } from '../../layers/core/filters/rules';
import fc from 'fast-check';
import { duckDbTables } from '../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../layers/adapters/duckdb/workspace';
import { memoryObjects } from '../../layers/adapters/fakes/objects';
import { memoryStores } from '../../layers/adapters/fakes/stores';
import { LISTING_COLUMNS, type ListingRow } from '../../layers/core/discovery/columns';
import { compareSource } from '../../layers/core/discovery/compare-source';
import type { CycleSummary, RunRecord } from '../../layers/core/discovery/documents';
import { fetchRecords } from '../../layers/core/discovery/fetch-records';
import { listingKeys, sourceKeys } from '../../layers/core/discovery/keys';
import type { Source } from '../../layers/core/entities';
import type { ListingTables } from '../../layers/core/ports/listings';
import { includedRuns } from '../../layers/core/use-cases/included-runs';
import { batch } from './stores/samples';
import { aRow, aSource, aStage } from '../unit/core/discovery/factories';

const sourceId = 'study:PRJEB28810';
const START = Date.parse('2026-01-01T00:00:00.000Z');
const DAY_MS = 24 * 3600 * 1000;
// Sources of any size write differences here, so that a few dozen runs show what a million do.
const FAST = duckDbTables({ memoryMb: 128, threads: 1, smallRuns: 0 });
/** Every run through the rules, every record written: what the fast way has to equal. */
const PLAIN: ListingTables = {
  ...FAST,
  compare: (comparison) => FAST.compare({ ...comparison, all: true }),
  foldRecords: (folding) => FAST.foldRecords({ ...folding, all: true }),
};
const RUNS = 40;
const HOLDER = batch(sourceId, 1, { status: 'sweeping' });
const WGS_ALONE: Source['filters'] = { v: 1, rules: [{ rule: 'strategy', parameters: { anyOf: ['WGS'] } }] };

/** What happens between two listings. `run` counts modulo RUNS. */
type Step =
  | { readonly kind: 'files' | 'sample' | 'place' | 'strategy' | 'blank' | 'gone' | 'back'; readonly run: number }
  | { readonly kind: 'complete' | 'fail' | 'claim' | 'release'; readonly run: number }
  | { readonly kind: 'filters' | 'manual' };
const RUN_STEPS = ['files', 'sample', 'place', 'strategy', 'blank', 'gone', 'back', 'complete', 'fail', 'claim', 'release'] as const;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ kind: fc.constantFrom(...RUN_STEPS), run: fc.nat(RUNS - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('filters' as const, 'manual' as const) }) },
);

interface Run {
  readonly row: ListingRow;
  readonly isListed: boolean;
}
const firstRow = (index: number): ListingRow => aRow({ run_accession: `ERR${100000 + index}`, sample_accession: `SAMEA${index}` });
const edits: Readonly<Partial<Record<Step['kind'], (run: Run) => Run>>> = {
  files: ({ row, ...rest }) => ({
    ...rest,
    row: { ...row, ...filesOf(row), fastq_md5: row.fastq_md5 === '' ? MD5S[0]! : flip(row.fastq_md5) },
  }),
  sample: ({ row, ...rest }) => ({ ...rest, row: { ...row, sample_accession: `${row.sample_accession}1` } }),
  place: ({ row, ...rest }) => ({ ...rest, row: { ...row, country: `${row.country}x` } }),
  strategy: ({ row, ...rest }) => ({ ...rest, row: { ...row, library_strategy: row.library_strategy === 'WGS' ? 'ssRNA-seq' : 'WGS' } }),
  blank: ({ row, ...rest }) => ({ ...rest, row: { ...row, fastq_ftp: '', fastq_md5: '', fastq_bytes: '' } }),
  gone: (run) => ({ ...run, isListed: false }),
  back: (run) => ({ ...run, isListed: true }),
};
const MD5S = ['a', 'b'].map((digit) => [digit, digit].map((one) => one.repeat(32)).join(';'));
const flip = (md5: string): string => (md5 === MD5S[0] ? MD5S[1]! : MD5S[0]!);
const filesOf = ({ run_accession }: ListingRow): Pick<ListingRow, 'fastq_ftp' | 'fastq_bytes'> => aRow({ run_accession });

/** One installation that lists and compares; `tables` says which way. */
async function installed(tables: ListingTables) {
  const stores = memoryStores();
  const objects = memoryObjects();
  const event = { entityId: sourceId, sourceId, at: new Date(START).toISOString(), type: 'test', actor: 'test' };
  await stores.sources.add(aSource({ sourceId }), event);
  await stores.batches.addPlanned([HOLDER]);
  const get = async (): Promise<Source> => (await stores.sources.get(sourceId))!;
  const change = async (set: Partial<Source>): Promise<unknown> => stores.sources.change(await get(), set, event);
  const records = async (cycle: number): Promise<readonly RunRecord[]> =>
    temporaryWorkspace(async (workspace) => {
      const files = await fetchRecords(objects, { sourceId, cycle }, workspace);
      return (await tables.page(files, { limit: 1000, live: new Map() })).items;
    });
  const cycle = async (rows: readonly ListingRow[]): Promise<CycleSummary> => {
    const source = await get();
    const number = source.cycle + 1;
    await temporaryWorkspace(async (workspace) => {
      const writer = workspace.writer('raw.tsv.gz', { gzip: true });
      await writer.write(`${LISTING_COLUMNS.join('\t')}\n`);
      for (const row of rows) await writer.write(`${LISTING_COLUMNS.map((column) => row[column]).join('\t')}\n`);
      await writer.end();
      await tables.listingToParquet(workspace.path('raw.tsv.gz'), LISTING_COLUMNS, workspace.path('listing.parquet'));
      await objects.upload(workspace.path('listing.parquet'), listingKeys(sourceId, number).listing, 'application/vnd.apache.parquet');
    });
    await change({ cycle: number });
    const deps = {
      ...{ stores, objects, tables, withWorkspace: temporaryWorkspace },
      now: () => new Date(START + number * DAY_MS),
      fileBaseUrl: 'https://ena.example',
      stage: aStage(),
      filterDefaults: DEFAULT_FILTERS,
    };
    const compared = await compareSource(deps, await get(), number);
    if (compared.outcome !== 'compared') throw new Error(compared.detail);
    await change({ listingCycle: number });
    return compared.summary;
  };
  const included = async (number: number): Promise<readonly unknown[]> => {
    const found = [];
    for await (const run of includedRuns({ objects }, sourceId, number)) found.push(run);
    return found.sort((one, other) => (one.accession < other.accession ? -1 : 1));
  };
  const due = (number: number): readonly string[] => (objects.text(sourceKeys(sourceId, number).due) ?? '').split('\n').sort();
  return { stores, change, get, cycle, records, included, due };
}
type Installed = Awaited<ReturnType<typeof installed>>;

/** What a batch or a person does to an installation between two cycles. */
async function happen(one: Installed, { kind, ...rest }: Step): Promise<void> {
  if (kind === 'filters') {
    const { filters } = await one.get();
    await one.change({ filters: filters === undefined ? WGS_ALONE : undefined });
    return;
  }
  if (kind === 'manual') {
    await one.change({ pool: (await one.get()).pool === 'manual' ? 'scheduled' : 'manual' });
    return;
  }
  const { listingCycle } = await one.get();
  const records = await one.records(listingCycle);
  const record = records.find(({ accession }) => accession === `ERR${100000 + ('run' in rest ? rest.run : 0)}`);
  if (record === undefined || record.fetchKey === '') return;
  const { fetchKey } = record;
  const at = new Date(START + listingCycle * DAY_MS).toISOString();
  if (kind === 'release') await one.stores.claims.release([fetchKey], HOLDER.batchId);
  if (kind === 'claim') await one.stores.claims.claim([{ fetchKey, holder: HOLDER.batchId, waiters: [], claimedAt: at }]);
  if (kind === 'complete' || kind === 'fail') {
    const result = kind === 'complete' ? 'complete' : 'failed';
    await one.stores.outcomes.put([{ fetchKey, result, batchId: HOLDER.batchId, bytes: 1, at }]);
  }
}

const shuffled = (rows: readonly ListingRow[], seed: number): readonly ListingRow[] =>
  [...rows].sort((one, other) => hashOf(one.run_accession, seed) - hashOf(other.run_accession, seed));
const hashOf = (text: string, seed: number): number =>
  Array.from(text).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 8191, seed);

it('gives the same records, plans and counts whether rows are taken over in SQL or all go through the rules, in any order of rows', async () => {
  let differences = 0;
  let takenOver = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 4 }), { minLength: 3, maxLength: 4 }), fc.nat(1000), async (cycles, seed) => {
      const [fast, plain] = [await installed(FAST), await installed(PLAIN)];
      let runs = Array.from({ length: RUNS }, (_, index): Run => ({ row: firstRow(index), isListed: true }));
      await Promise.all([fast, plain].map((one) => one.cycle(runs.map(({ row }) => row))));
      // Most runs of a source that is watched for long are home.
      const home = Array.from({ length: RUNS - 2 }, (_, run): Step => ({ kind: 'complete', run }));
      for (const [at, steps] of [home, ...cycles].entries()) {
        for (const one of steps) {
          runs = runs.map((run, index) => ('run' in one && one.run === index ? (edits[one.kind]?.(run) ?? run) : run));
          for (const installation of [fast, plain]) await happen(installation, one);
        }
        const rows = runs.filter(({ isListed }) => isListed).map(({ row }) => row);
        const { baseCycle, judgedRuns = 0, ...summary } = await fast.cycle(rows);
        expect({ ...(await plain.cycle(shuffled(rows, seed))), judgedRuns: undefined }).toEqual(summary);
        const cycle = at + 2;
        expect(await fast.records(cycle)).toEqual(await plain.records(cycle));
        expect(await fast.included(cycle)).toEqual(await plain.included(cycle));
        expect(fast.due(cycle)).toEqual(plain.due(cycle));
        differences += baseCycle === undefined ? 0 : 1;
        takenOver += summary.known - judgedRuns;
      }
    }),
    { numRuns: 3, endOnFailure: true },
  );
  // The property would hold of a way that takes nothing over.
  expect(differences).toBeGreaterThan(0);
  expect(takenOver).toBeGreaterThan(RUNS);
}, 240_000);
