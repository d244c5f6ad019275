import fc from 'fast-check';
import { duckDbTables } from '../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../layers/adapters/duckdb/workspace';
import { ASKED_COLUMNS, type AskedColumn } from '../../layers/core/discovery/columns';
import { listingJsonSchema } from '../../layers/core/discovery/listing-schema';
import type { ListingErrors } from '../../layers/core/discovery/listing-errors';

type Row = Readonly<Partial<Record<AskedColumn, string>>>;
const tables = duckDbTables({ memoryMb: 256, threads: 1 });
const SOUND: Row = { run_accession: 'ERR100001', sample_accession: 'SAMEA1', study_accession: 'PRJEB1' };

const validated = (rows: readonly Row[], limit = 1_000): Promise<ListingErrors> =>
  temporaryWorkspace(async (workspace) => {
    const writer = workspace.writer('raw.gz', { gzip: true });
    const lines = [ASKED_COLUMNS, ...rows.map((row) => ASKED_COLUMNS.map((column) => row[column] ?? ''))];
    await writer.write(lines.map((line) => `${line.join('\t')}\n`).join(''));
    await writer.end();
    await tables.listingToParquet(workspace.path('raw.gz'), ASKED_COLUMNS, workspace.path('listing'));
    return tables.validate(workspace.path('listing'), limit);
  });

const { properties } = listingJsonSchema() as { readonly properties: Readonly<Record<AskedColumn, { readonly pattern: string }>> };

it('finds nothing wrong with a sound row, where everything else is not known', async () => {
  expect(await validated([SOUND])).toEqual({ rows: 1, invalidRows: 0, counts: [], errors: [] });
});

it.each<{ readonly column: AskedColumn; readonly value: string; readonly rule: string }>([
  { column: 'sample_accession', value: '', rule: 'required' },
  { column: 'study_accession', value: 'ERP1', rule: 'study' },
  { column: 'tax_id', value: '9606;10090', rule: 'count' },
  { column: 'first_public', value: '2021-13-01', rule: 'date' },
  { column: 'lat', value: '52 N', rule: 'degrees' },
  { column: 'library_layout', value: 'paired', rule: 'layout' },
  { column: 'fastq_md5', value: 'd41d8cd98f00b204e9800998ecf8427', rule: 'md5s' },
  { column: 'fastq_bytes', value: '10;', rule: 'sizes' },
  { column: 'fastq_ftp', value: 'a b', rule: 'links' },
  { column: 'sample_title', value: 'a\u0007b', rule: 'text' },
  { column: 'host', value: 'a\rb', rule: 'text' },
])('names $rule in $column of $value', async ({ column, value, rule }) => {
  expect(await validated([SOUND, { ...SOUND, run_accession: 'ERR100002', [column]: value }])).toEqual({
    rows: 2,
    invalidRows: 1,
    counts: [{ column, rule, rows: 1 }],
    errors: [{ accession: 'ERR100002', column, rule, value }],
  });
});

it('names lists that are not of one length', async () => {
  const row = { ...SOUND, fastq_ftp: 'a;b', fastq_bytes: '1;2', fastq_md5: '0'.repeat(32) };
  expect((await validated([row])).errors).toEqual([expect.objectContaining({ column: 'fastq_md5', rule: 'lists-alike' })]);
});

it('lists all errors together, of each kind some, counts all, and cuts long values', async () => {
  const accessions = Array.from({ length: 50 }, (_, at) => `ERR1000${String(at).padStart(2, '0')}`);
  const rows = accessions.map((run_accession) => ({ ...SOUND, run_accession, lat: 'x'.repeat(300), tax_id: 'many' }));
  const found = await validated([...rows, { ...SOUND, run_accession: 'ERR200000', lon: 'east' }], 9);
  expect(found).toMatchObject({ rows: 51, invalidRows: 51 });
  expect(found.counts).toEqual([
    { column: 'tax_id', rule: 'count', rows: 50 },
    { column: 'lat', rule: 'degrees', rows: 50 },
    { column: 'lon', rule: 'degrees', rows: 1 },
  ]);
  expect(found.errors).toHaveLength(7);
  expect(found.errors.at(-1)).toEqual({ accession: 'ERR200000', column: 'lon', rule: 'degrees', value: 'east' });
  expect(found.errors[0]).toEqual({ accession: 'ERR100000', column: 'lat', rule: 'degrees', value: 'x'.repeat(200) });
});

it('judges every value as the published JSON Schema does', async () => {
  const odd = fc.constantFrom(
    '',
    '0',
    '-1.5',
    '1e3',
    '2020-02-30',
    'ERR1',
    'SRP123456',
    'SINGLE',
    'É',
    '1;2',
    `${'a'.repeat(32)};`,
    'x y',
    '\u007f',
    '\r',
    '{',
  );
  const row = fc.record(
    Object.fromEntries(ASKED_COLUMNS.map((column) => [column, fc.oneof(odd, fc.string({ maxLength: 5 }))])) as Record<
      AskedColumn,
      fc.Arbitrary<string>
    >,
  );
  // What no value of a TSV holds, and the two bytes that its reader has a use of its own for.
  const clean = (text: string): string => ['\t', '\n', '\0', '\u0001', '\u0002'].reduce((left, one) => left.replaceAll(one, '_'), text);
  // At the end of a line a carriage return is a part of that end.
  const readAs = (name: AskedColumn, text = ''): string => (name === ASKED_COLUMNS.at(-1) ? text.replace(/\r+$/, '') : text);
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 5 }), async (given) => {
      const rows = given.map((one) => Object.fromEntries(Object.entries(one).map(([name, value]) => [name, clean(value)])) as Row);
      const wrong = (column: AskedColumn): number =>
        rows.filter((one) => !new RegExp(properties[column].pattern).test(readAs(column, one[column]))).length;
      const { counts } = await validated(rows);
      const counted = (column: AskedColumn): number =>
        counts.filter((one) => one.column === column && one.rule !== 'lists-alike').reduce((sum, one) => sum + one.rows, 0);
      expect(ASKED_COLUMNS.map((column) => [column, counted(column)])).toEqual(ASKED_COLUMNS.map((column) => [column, wrong(column)]));
    }),
    { numRuns: 15 },
  );
});
