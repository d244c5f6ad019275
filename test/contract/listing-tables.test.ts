import type { ComparedRun } from '../../layers/core/discovery/judge-run';
import type { KnownVerdict } from '../../layers/core/discovery/preview-tally';
import type { Comparison, Workspace } from '../../layers/core/ports/listings';
import { temporaryWorkspace } from '../../layers/adapters/duckdb/workspace';
import { listing, record, row, runs, tables } from './listing-files';

const accessionOf = ({ row: listed, previous }: ComparedRun): string => listed?.run_accession ?? previous?.accession ?? '';

/** Sorted by accession. */
async function compared(comparison: Comparison): Promise<readonly ComparedRun[]> {
  const found: ComparedRun[] = [];
  for await (const chunk of tables.compare(comparison)) found.push(...chunk);
  return found.sort((one, other) => (accessionOf(one) < accessionOf(other) ? -1 : 1));
}

const FILES = [{ name: 'a.fastq.gz', url: 'https://ftp.sra.ebi.ac.uk/vol1/a.fastq.gz', bytes: 3, md5: '0'.repeat(32) }];

describe('the comparison with the last listing', () => {
  const rowsBefore = [
    row('ERR100004', { fastq_md5: 'a' }),
    row('ERR100001', { last_updated: '2020-01-01' }),
    row('ERR100002', { fastq_md5: 'a' }),
    row('ERR100005'),
    row('ERR100007'),
    row('ERR100008'),
  ];
  const rowsNow = [
    row('ERR100006'),
    row('ERR100003'),
    row('ERR100002', { fastq_md5: 'b' }),
    row('ERR100008'),
    row('ERR100004', { fastq_md5: 'a', sample_accession: 'SAMEA2' }),
    row('ERR100001', { last_updated: '2021-01-01' }),
    row('ERR100007'),
  ];
  const known = [
    ...['ERR100005', 'ERR100002', 'ERR100001', 'ERR100004', 'ERR100007'].map((accession) => record(accession)),
    record('ERR100003', { change: 'withdrawn', missedListings: 3, state: 'withdrawn' }),
    record('ERR100008', { verdict: 'included', state: 'due', fetchKey: 'k8', files: FILES }),
    record('ERR100009', { change: 'withdrawn', missedListings: 3, state: 'withdrawn' }),
  ];
  const inputs = async (workspace: Workspace) => ({
    listing: (await listing(workspace, 'now', rowsNow)).path,
    previous: {
      listing: (await listing(workspace, 'before', rowsBefore)).path,
      records: {
        runs: await runs(workspace, known.slice(5), 'differences.parquet'),
        base: await runs(workspace, [...known.slice(0, 5), record('ERR100008', { reason: 'of old' })], 'base.parquet'),
      },
    },
  });
  const toRules = [
    ['ERR100001', 'unchanged'],
    ['ERR100002', 'changed'],
    ['ERR100003', 'returned'],
    ['ERR100004', 'changed'],
    ['ERR100005', 'missing'],
    ['ERR100006', 'new'],
    ['ERR100008', 'unchanged'],
  ];
  const settled = [
    ['ERR100007', 'unchanged'],
    ['ERR100009', 'missing'],
  ];

  it.each([
    { all: false, sees: toRules },
    { all: true, sees: [...toRules, ...settled].sort() },
  ])(
    'calls runs new, changed, returned or missing, whatever the order of rows, and (all: $all) passes on what is asked for',
    async (asked) => {
      await temporaryWorkspace(async (workspace) => {
        const found = await compared({ ...(await inputs(workspace)), all: asked.all });
        expect(found.map((run) => [accessionOf(run), run.change])).toEqual(asked.sees);
        const previousOf = (accession: string) => found.find(({ previous }) => previous?.accession === accession)?.previous;
        // The row tells the metadata anew, and says nothing of its files; a run that is not listed has nothing but its record.
        expect(previousOf('ERR100008')).toEqual({ ...known[6], metadata: {} });
        expect(previousOf('ERR100005')).toEqual({ ...known[0], change: 'unchanged' });
      });
    },
  );

  it('refuses to fold records that leave a listed run out', async () => {
    await temporaryWorkspace(async (workspace) => {
      const { listing: path, previous } = await inputs(workspace);
      const folding = {
        listing: path,
        judged: [await runs(workspace, [record('ERR100006')], 'judged.parquet')],
        previous: previous.records,
        to: { runs: workspace.path('runs.parquet'), included: workspace.path('included.jsonl') },
      };
      await expect(tables.foldRecords({ ...folding, all: true })).rejects.toThrow('the listing has 7 runs and the records show 1 of them');
    });
  });
});

describe('a page of runs', () => {
  const files = [{ name: 'a.fastq.gz', url: 'https://ftp.sra.ebi.ac.uk/vol1/a.fastq.gz', bytes: 3, md5: '0'.repeat(32) }];
  const known = [
    record('ERR100001'),
    record('ERR100002', { verdict: 'included', state: 'due', fetchKey: 'k2', files }),
    record('ERR100003', { verdict: 'included', state: 'linked', fetchKey: 'k3', files, metadata: { study_accession: 'PRJEB1' } }),
    record('ERR100004', { verdict: 'included', state: 'complete', fetchKey: 'k4', files }),
  ];
  it.each([
    { name: 'goes on after the cursor', query: { after: 'ERR100002', limit: 1 }, items: ['ERR100003'], hasMore: true },
    { name: 'sees states as they are now', query: { state: 'complete', limit: 9 }, items: ['ERR100002', 'ERR100004'], hasMore: false },
    { name: 'finds part of an accession', query: { search: 'prjeb1', limit: 9 }, items: ['ERR100003'], hasMore: false },
    { name: 'takes a quote for text', query: { search: "' OR 1=1 --", limit: 9 }, items: [], hasMore: false },
  ] as const)('$name', async ({ query, items, hasMore }) => {
    await temporaryWorkspace(async (workspace) => {
      const path = await runs(workspace, known);
      const page = await tables.page({ runs: path }, { ...query, live: new Map([['ERR100002', 'complete']]) });
      expect(page.items.map(({ accession }) => accession)).toEqual(items);
      expect(page.hasMore).toBe(hasMore);
      expect(page.counts).toEqual({ excluded: 1, complete: 2, linked: 1 });
      expect(await tables.openRuns({ runs: path }, 9)).toEqual([
        { accession: 'ERR100002', fetchKey: 'k2', state: 'due' },
        { accession: 'ERR100003', fetchKey: 'k3', state: 'linked' },
      ]);
    });
  });
});

describe('the verdicts on the runs of a source', () => {
  const metadata = { country: 'USA: "Ponca" City', base_count: '0', library_strategy: 'Müller 鶏' };
  const known = [
    record('ERR100001', { metadata, filesBytes: 7, fileCount: 2, rule: 'strategy' }),
    record('ERR100002', { verdict: 'included', state: 'due', rule: '', metadata: {} }),
    record('ERR100003', { change: 'withdrawn' }),
  ];
  it('have the columns that were asked for as they came, and leave out what is not listed any more', async () => {
    await temporaryWorkspace(async (workspace) => {
      const base = await runs(workspace, [record('ERR100001', { metadata: {} }), known[2]!], 'base.parquet');
      const records = { runs: await runs(workspace, known.slice(0, 2)), base };
      const { listedRuns, chunks } = await tables.verdicts(records, ['country', 'library_strategy']);
      const found: KnownVerdict[] = [];
      for await (const chunk of chunks) found.push(...chunk);
      found.sort((one, other) => one.accession.localeCompare(other.accession));
      expect([listedRuns, found.length]).toEqual([2, 2]);
      expect(found[0]).toMatchObject({ accession: 'ERR100001', verdict: 'excluded', rule: 'strategy', filesBytes: 7, fileCount: 2 });
      expect(found[0]?.row).toMatchObject({ country: metadata.country, library_strategy: metadata.library_strategy, base_count: '' });
      expect(found[1]).toMatchObject({ verdict: 'included', state: 'due', row: { country: '', library_strategy: '' } });
    });
  });
  it('can be asked for without columns, and left before the end', async () => {
    await temporaryWorkspace(async (workspace) => {
      const { chunks } = await tables.verdicts({ runs: await runs(workspace, known) }, []);
      for await (const chunk of chunks) {
        expect(chunk).toHaveLength(2);
        break;
      }
    });
  });
  it('lead to the rows of the listing', async () => {
    await temporaryWorkspace(async (workspace) => {
      const { path } = await listing(workspace, 'listing', [row('ERR100001'), row('ERR100002', { country: 'Fiji' }), row('ERR100003')]);
      expect(await tables.rowsOf(path, ['ERR100002', 'ERR999999'])).toEqual([row('ERR100002', { country: 'Fiji' })]);
    });
  });
});
