import { DEFAULT_FILTERS } from '../../../../layers/core/filters/rules';
import fc from 'fast-check';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { temporaryWorkspace } from '../../../../layers/adapters/duckdb/workspace';
import { discoverListing } from '../../../../layers/core/discovery/discover-listing';
import type { Listed } from '../../../../layers/core/discovery/listing-steps';
import { aSource } from './factories';
import { fakeEna, lineTables, type Row } from './fake-ena';

const LISTING = { dropShare: 0.1, dropRowsMin: 10, blankShare: 0.1 };
const KEY = 'listings/taxon-562/1/listing.parquet';
const source = aSource({ sourceId: 'taxon:562', cycle: 1 });
class Killed extends Error {}

interface Run {
  readonly rows: readonly Row[];
  readonly rowLimit: number;
  readonly secondsPerCall: number;
  /** The call dies at these of its steps outside: requests and writes, counted over all calls. */
  readonly kills: readonly number[];
  readonly seed: number;
}

/** Calls again for as long as the listing is not whole, as the machine does; a call that dies is repeated. */
async function listAll({ rows, rowLimit, secondsPerCall, kills, seed }: Run) {
  const objects = memoryObjects();
  const deaths = new Set(kills);
  let [step, clock] = [0, Date.parse('2026-01-01T00:00:00.000Z')];
  const mayDie = (): void => {
    step += 1;
    if (deaths.delete(step)) throw new Killed();
  };
  const dying =
    <T extends unknown[], R>(work: (...args: T) => Promise<R>) =>
    async (...args: T): Promise<R> => {
      mayDie();
      const done = await work(...args);
      mayDie();
      return done;
    };
  const ena = fakeEna(rows, mayDie, seed);
  const deps = {
    objects: { ...objects, putJson: dying(objects.putJson), upload: dying(objects.upload) },
    ena,
    tables: lineTables,
    withWorkspace: temporaryWorkspace,
    now: () => new Date((clock += 1000)),
    listing: { ...LISTING, rowLimit, secondsPerCall },
    filterDefaults: DEFAULT_FILTERS,
    stores: { sources: { get: async () => source } },
  };
  let listed: Listed | undefined;
  while (listed === undefined || listed.outcome === 'unfinished') {
    listed = await discoverListing(deps, source, 1).catch((error: unknown) => {
      if (error instanceof Killed) return undefined;
      throw error;
    });
  }
  return { listed, lines: (objects.text(KEY) ?? '').split('\n').slice(0, -1), ena };
}

const day = fc.constantFrom(
  '',
  '1999-12-31',
  '2000-01-01',
  '2019-02-28',
  '2019-03-01',
  '2019-03-02',
  '2025-12-31',
  '2026-01-01',
  '2031-01-01',
);
const rowOf = fc.record({
  first_public: day,
  last_updated: day,
  instrument_platform: fc.constantFrom('ILLUMINA', 'OXFORD_NANOPORE', ''),
  library_layout: fc.constantFrom('PAIRED', 'SINGLE'),
});
const archiveOf = fc
  .array(rowOf, { maxLength: 40 })
  .map((rows) => rows.map((row, at): Row => ({ ...row, run_accession: `ERR${100000 + at}`, tax_id: '562' })));

it('any windows, order of rows, interruption and resumption give the listing that one whole answer gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: archiveOf,
        rowLimit: fc.integer({ min: 1, max: 12 }),
        secondsPerCall: fc.integer({ min: 30, max: 300 }),
        kills: fc.uniqueArray(fc.integer({ min: 1, max: 120 }), { maxLength: 8 }),
        seed: fc.nat(),
      }),
      async (run) => {
        const whole = await listAll({ ...run, rowLimit: 1000, kills: [] });
        const parts = await listAll(run);
        if (parts.listed.outcome === 'rejected') {
          // Rows that nothing tells apart are refused by name, never left out.
          expect(parts.listed.code).toBe('window-too-large');
          expect(parts.lines).toEqual([]);
        } else {
          expect(parts.listed).toEqual(whole.listed);
          expect([...parts.lines].sort()).toEqual([...whole.lines].sort());
          expect(parts.lines).toHaveLength(run.rows.length);
        }
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);

const ofDays = (days: readonly string[]): readonly Row[] =>
  days.map((first_public, at) => ({
    run_accession: `ERR${100000 + at}`,
    tax_id: '562',
    first_public,
    library_layout: at % 2 === 0 ? 'PAIRED' : 'SINGLE',
  }));

it.each([
  { name: 'one lone accession without a date', days: ['', '2020-01-01', '2020-01-02'] },
  { name: 'the edges of the range', days: ['1999-12-31', '2000-01-01', '2026-01-01', '2026-01-02'] },
  { name: 'two days that meet', days: ['2013-01-01', '2013-01-01', '2012-12-31', '2012-12-31'] },
  { name: 'a day that is larger than a request', days: ['2020-01-01', '2020-01-01', '2020-01-01', '2020-01-01'] },
  { name: 'a lone accession in an archive', days: ['2020-01-01', ...Array.from({ length: 3 }, () => '2024-05-05')] },
])('lists $name', async ({ days }) => {
  const { listed, lines } = await listAll({ rows: ofDays(days), rowLimit: 2, secondsPerCall: 600, kills: [], seed: 1 });
  expect(listed).toMatchObject({ outcome: 'listed', rows: days.length });
  expect(new Set(lines).size).toBe(days.length);
});
