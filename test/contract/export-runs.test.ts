import { parse } from 'csv-parse/sync';
import { gunzipSync } from 'node:zlib';
import { readFile } from 'node:fs/promises';
import { rowsOf, withDuckDb } from '../../layers/adapters/duckdb/database';
import { temporaryWorkspace } from '../../layers/adapters/duckdb/workspace';
import { ASKED_COLUMNS } from '../../layers/core/discovery/columns';
import { exportRuns, type Exported } from '../../layers/core/discovery/export-runs';
import { ExportOrder } from '../../layers/core/discovery/exports';
import { FLAVOUR_NAMES } from '../../layers/core/discovery/samplesheets';
import { included, mirrored, SOURCE, type MirroredRun } from '../unit/functions/query-runs/mirrored';

type Row = Readonly<Record<string, unknown>>;
const ODD = 'a "quoted"; title, with\rits own end, é 鶏 \\t';
const common = { study_accession: 'PRJEB28810', experiment_accession: 'ERX100001', instrument_platform: 'ILLUMINA' };
const RUNS: readonly MirroredRun[] = [
  { ...common, run_accession: 'ERR100001', sample_accession: 'SAMEA2', sample_title: ODD, record: included('ERR100001', 'complete') },
  { ...common, run_accession: 'ERR100002', sample_accession: 'SAMEA1', record: included('ERR100002', 'due', ['.fastq.gz']) },
  { ...common, run_accession: 'ERR100003', sample_accession: 'SAMEA1', record: included('ERR100003', 'due') },
  { ...common, run_accession: 'ERR100004', sample_accession: 'SAMEA1', record: { reason: 'tab\there, line\nthere' } },
  { ...common, run_accession: 'ERR100005', sample_accession: 'SAMEA3', unlisted: true },
  {
    ...common,
    run_accession: 'ERR100006',
    instrument_platform: 'OXFORD_NANOPORE',
    record: included('ERR100006', 'complete', ['.fastq.gz']),
  },
];
const HOME = '/data/runs/ERR100/ERR100001';

async function exported(order: object, runs = RUNS): Promise<{ readonly result: Exported; readonly bytes: Buffer; readonly deps: Deps }> {
  const deps = await mirrored(runs);
  const at = '2026-01-02T00:00:00.000Z';
  const [two, three] = [RUNS[1]?.record?.fetchKey ?? '', RUNS[2]?.record?.fetchKey ?? ''];
  await deps.stores.outcomes.put([{ fetchKey: two, result: 'complete', batchId: 'study-PRJEB28810.1.1', bytes: 1, at }]);
  await deps.stores.claims.claim([{ fetchKey: three, holder: 'study-PRJEB28810.1.2', waiters: [], claimedAt: at }]);
  const result = await exportRuns({ ...deps, root: '/data' }, 'one', ExportOrder.parse({ sourceId: SOURCE, ...order }));
  const bytes = await temporaryWorkspace(async (workspace) => {
    if (result.outcome === 'refused') return Buffer.from('');
    await deps.objects.download(result.result.key, workspace.path('x'));
    return readFile(workspace.path('x'));
  });
  return { result, bytes, deps };
}
type Deps = Awaited<ReturnType<typeof mirrored>>;

async function rowsIn(format: string, bytes: Buffer): Promise<readonly Row[]> {
  if (format === 'tsv') return parse(gunzipSync(bytes), { columns: true, delimiter: '\t' });
  if (format === 'jsonl') {
    const lines = gunzipSync(bytes).toString('utf8').trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as Row);
  }
  return temporaryWorkspace(async (workspace) => {
    const writer = workspace.writer('x.parquet');
    await writer.write(bytes);
    await writer.end();
    const options = { memoryMb: 128, threads: 1, scratchDirectory: workspace.path('.') };
    return withDuckDb(options, (connection) => rowsOf(connection, `SELECT * FROM read_parquet('${workspace.path('x.parquet')}')`));
  });
}
const texts = (rows: readonly Row[]): readonly Row[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])));

describe.each(['tsv', 'jsonl', 'parquet'])('an export as %s', (format) => {
  it("has ENA's columns verbatim, then where each run stands now, in order", async () => {
    const { result, bytes } = await exported({ format });
    expect(result).toMatchObject({ outcome: 'exported', result: { rows: 6, cycle: 1, bytes: bytes.length } });
    const rows = texts(await rowsIn(format, bytes));
    expect(Object.keys(rows[0] ?? {})).toEqual([
      ...ASKED_COLUMNS,
      ...['state', 'excluded', 'excludedBy', 'reason', 'batch', 'worker', 'change', 'files_bytes', 'path', 'source', 'stage', 'stage_name'],
    ]);
    const of = ({ run_accession, state, excluded, excludedBy, batch }: Row) => [run_accession, state, excluded, excludedBy, batch];
    expect(rows.map(of)).toEqual([
      ['ERR100001', 'complete', 'false', '', ''],
      ['ERR100002', 'complete', 'false', '', 'study-PRJEB28810.1.1'],
      ['ERR100003', 'claimed', 'false', '', 'study-PRJEB28810.1.2'],
      ['ERR100004', 'excluded', 'true', 'no-files', ''],
      ['ERR100005', 'withdrawn', 'true', 'no-files', ''],
      ['ERR100006', 'complete', 'false', '', ''],
    ]);
    expect(rows[0]).toMatchObject({ sample_title: ODD, source: SOURCE, stage: '3', stage_name: 'running', files_bytes: '200' });
    expect(rows[0]?.['path']).toMatch(new RegExp(`^${HOME}/[0-9]{64}/fetch@0123456789ab$`));
    expect(rows[3]).toMatchObject({ reason: 'tab\there, line\nthere', path: '' });
    expect(rows[4]).toMatchObject({ sample_accession: 'SAMEA3', sample_title: '' });
  });

  it.each([
    { narrowed: { state: 'complete' }, accessions: ['ERR100001', 'ERR100002', 'ERR100006'] },
    { narrowed: { include: 'excluded' }, accessions: ['ERR100004', 'ERR100005'] },
    { narrowed: { include: 'included', state: 'claimed' }, accessions: ['ERR100003'] },
    { narrowed: { state: 'failed' }, accessions: [] },
  ])('holds the runs of $narrowed', async ({ narrowed, accessions }) => {
    const { result, bytes } = await exported({ format, ...narrowed });
    expect(result).toMatchObject({ result: { rows: accessions.length } });
    if (accessions.length > 0) expect((await rowsIn(format, bytes)).map((row) => row['run_accession'])).toEqual(accessions);
  });
});

describe('a samplesheet', () => {
  const sheet = async (flavour: string): Promise<readonly Row[]> => {
    const { bytes } = await exported({ format: 'samplesheet', flavour });
    return parse(bytes, { columns: true });
  };
  const end = (path: unknown): string => String(path).split('/').slice(-1)[0] ?? '';

  it('has one line for each run that is at home, by sample, with the paths of its reads', async () => {
    const rows = await sheet('generic');
    expect(rows.map((row) => [row['sample'], end(row['fastq_1']), end(row['fastq_2'])])).toEqual([
      ['ERR100006', 'ERR100006.fastq.gz', ''],
      ['SAMEA1', 'ERR100002.fastq.gz', ''],
      ['SAMEA2', 'ERR100001_1.fastq.gz', 'ERR100001_2.fastq.gz'],
    ]);
    expect(rows[2]?.['fastq_1']).toMatch(new RegExp(`^${HOME}/[0-9]{64}/fetch@0123456789ab/ERR100001_1.fastq.gz$`));
  });

  it.each([
    { flavour: 'rnaseq', columns: ['sample', 'fastq_1', 'fastq_2', 'strandedness'] },
    { flavour: 'taxprofiler', columns: ['sample', 'run_accession', 'instrument_platform', 'fastq_1', 'fastq_2', 'fasta'] },
    {
      flavour: 'mag',
      columns: ['sample', 'run', 'group', 'short_reads_1', 'short_reads_2', 'short_reads_platform', 'long_reads', 'long_reads_platform'],
    },
    { flavour: 'ampliseq', columns: ['sampleID', 'forwardReads', 'reverseReads'] },
  ])('has the columns of $flavour', async ({ flavour, columns }) => {
    expect(Object.keys((await sheet(flavour))[0] ?? {})).toEqual(columns);
  });

  it('begins with sample and reads in the manner of fetchngs', async () => {
    const [first] = (await sheet('fetchngs')).slice(-1);
    expect(Object.keys(first ?? {}).slice(0, 4)).toEqual(['sample', 'fastq_1', 'fastq_2', 'run_accession']);
    expect(first).toMatchObject({ sample: 'ERX100001', sample_title: ODD });
  });

  it('puts long reads where nf-core/mag looks for them', async () => {
    const [nanopore, illumina] = await sheet('mag');
    expect([
      end(nanopore?.['long_reads']),
      nanopore?.['long_reads_platform'],
      nanopore?.['short_reads_1'],
      nanopore?.['short_reads_platform'],
    ]).toEqual([...['ERR100006.fastq.gz', 'OXFORD_NANOPORE', '', '']]);
    expect([end(illumina?.['short_reads_1']), illumina?.['long_reads']]).toEqual(['ERR100002.fastq.gz', '']);
  });

  it.each(FLAVOUR_NAMES)('has a header in %s where nothing is at home', async (flavour) => {
    const { bytes } = await exported({ format: 'samplesheet', flavour }, RUNS.slice(3, 5));
    expect(bytes.toString('utf8').trimEnd().split('\n')).toHaveLength(1);
  });
});

it('refuses where there is nothing to export', async () => {
  const deps = { ...(await mirrored(RUNS)), root: '/data' };
  const order = ExportOrder.parse({ sourceId: 'taxon:9031', format: 'tsv' });
  expect(await exportRuns(deps, 'one', order)).toEqual({ outcome: 'refused', detail: 'taxon:9031 is not followed any more' });
});

it('replaces its object when it is run again', async () => {
  const { deps, result } = await exported({ format: 'tsv' });
  const order = ExportOrder.parse({ sourceId: SOURCE, format: 'tsv' });
  expect(await exportRuns({ ...deps, root: '/data' }, 'one', order)).toEqual(result);
  expect(deps.objects.keys().filter((key) => key.startsWith('exports/'))).toEqual(['exports/one/study-PRJEB28810.runs.tsv.gz']);
});
