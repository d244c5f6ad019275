import type { Ena } from '../../world/ena/server';
import { portal, rowsOf, search, startSmallEna } from './ena-fixture';

describe('the Portal API of the ENA stand-in', () => {
  let ena: Ena;
  beforeAll(async () => {
    ena = await startSmallEna();
  });
  afterAll(() => ena.stop());
  beforeEach(() => ena.control.reset());

  const study = (accession: string) => `study_accession="${accession}" OR secondary_study_accession="${accession}"`;
  const text = async (endpoint: string, parameters: Record<string, string>) => (await portal(ena, endpoint, parameters)).text();

  it.each([
    [study('PRJEB28810'), 132, 28],
    [study('ERP111107'), 0, 0],
    ['tax_eq(9031)', 34, 18],
    ['tax_tree(8782)', 34, 18],
    [`tax_eq(9031) AND (${study('PRJEB28810')})`, 22, 6],
    ['tax_tree(562)', 43, 43],
    ['tax_eq(562)', 19, 19],
    [study('PRJEB37886'), 12, 12],
    [study('PRJNA924011'), 111, 110],
    ['', 1123, 1017],
  ])('finds for %j %i rows, %i of them with files', async (query, known, withFiles) => {
    const rows = await search(ena, query);
    expect([rows.length, rows.filter((row) => row['fastq_ftp'] !== '').length]).toEqual([known, withFiles]);
    expect(await text('count', { query })).toBe(`count\n${known}\n`);
  });

  it('finds a study by its secondary accession only where the query names that column', async () => {
    const [{ secondary_study_accession: secondary = '' } = {}] = await search(
      ena,
      'study_accession="PRJEB28810"',
      'secondary_study_accession',
    );
    expect(await search(ena, `study_accession="${secondary}"`)).toHaveLength(0);
    expect(await search(ena, study(secondary))).toHaveLength(132);
  });

  it('answers a POSTed form as it answers the same query by GET', async () => {
    const body = new URLSearchParams({ result: 'read_run', query: 'tax_eq(9031)', fields: 'run_accession', limit: '0' });
    const response = await fetch(`${ena.url}/ena/portal/api/search`, { method: 'POST', body });
    expect(rowsOf(await response.text())).toHaveLength(34);
  });

  it('gives the same rows in another order each time', async () => {
    const orders = [await search(ena, 'tax_eq(9031)'), await search(ena, 'tax_eq(9031)')].map((rows) =>
      rows.map((row) => row['run_accession']),
    );
    expect(orders[0]).not.toEqual(orders[1]);
    expect([...orders[0]!].sort()).toEqual([...orders[1]!].sort());
  });

  it('writes columns in the order asked for, as TSV or as JSON whose values are all strings', async () => {
    const asked = { query: 'run_accession="ERR2812344"', fields: 'read_count,tax_id,run_accession,base_count' };
    const tsv = await text('search', asked);
    expect(tsv.split('\n')[0]).toBe('read_count\ttax_id\trun_accession\tbase_count');
    const response = await portal(ena, 'search', { ...asked, format: 'json' });
    expect(response.headers.get('content-type')).toBe('application/json');
    const [object] = (await response.json()) as [Record<string, unknown>];
    expect(Object.keys(object)).toEqual(asked.fields.split(','));
    expect(Object.values(object).every((value) => typeof value === 'string')).toBe(true);
    expect(rowsOf(tsv)).toEqual([object]);
  });

  it('reports a run, a sample, an experiment and both accessions of a study', async () => {
    const fields = 'run_accession,sample_accession,experiment_accession,study_accession,secondary_study_accession';
    const [row = {}] = await search(ena, 'run_accession="ERR2812344"', fields);
    for (const [column, accession] of Object.entries(row)) {
      const rows = rowsOf(await text('filereport', { accession, fields, limit: '0' }));
      expect(rows).toHaveLength(column.includes('study') ? 132 : rows.filter((found) => found[column] === accession).length);
      expect(rows).toContainEqual(row);
    }
  });

  it.each([
    ['search', { query: 'tax_eq(9031)', offset: '10' }, 'Unsupported param offset'],
    ['filereport', { accession: 'PRJEB28810', offset: '0' }, 'Unsupported param offset'],
    ['search', { query: 'fastq_bytes>=5' }, 'Invalid column (fastq_bytes) has been provided in query'],
    ['count', { query: 'tax_eq(1) OR NOT fastq_ftp="x"' }, 'Invalid column (fastq_ftp) has been provided in query'],
    ['search', { query: 'nonsense="x"' }, 'Invalid column (nonsense) has been provided in query'],
    ['search', { fields: 'run_accession,cram_index_ftp,nope' }, 'Invalid fieldName(s) supplied: cram_index_ftp,nope'],
    ['filereport', { accession: 'ERR1', fields: 'nope' }, 'Invalid fieldName(s) supplied: nope'],
    ['search', { query: 'country=United Kingdom' }, "Invalid query: unexpected 'Kingdom'"],
    ['search', { limit: 'ten' }, 'Invalid limit supplied: ten'],
    ['search', { result: 'read_walk' }, 'Invalid result type supplied'],
    ['returnFields', { result: 'read_walk' }, 'Invalid result type supplied'],
  ])('refuses %s %j with 400', async (endpoint, parameters, message) => {
    const response = await portal(ena, endpoint, parameters);
    expect([response.status, await response.text()]).toEqual([400, message]);
  });

  it('ignores parameters that it does not know', async () => {
    expect(await text('count', { query: 'tax_eq(9031)', sortFields: 'x', nonsense: '1' })).toBe('count\n34\n');
  });

  it.each([
    [{ limit: '0' }, 34],
    [{ limit: '5' }, 5],
    [{}, 7],
  ])('limits a search with %j to %i rows where the default is 7', async (limit, rows) => {
    await ena.control.set({ defaultLimit: 7 });
    expect(rowsOf(await text('search', { query: 'tax_eq(9031)', fields: 'run_accession', ...limit }))).toHaveLength(rows);
  });

  it('answers nothing found with a header alone or an empty array, and with 204 as older deployments did', async () => {
    const none = { query: 'tax_eq(9031) AND tax_eq(1)', fields: 'run_accession,tax_id' };
    expect(await text('search', none)).toBe('run_accession\ttax_id\n');
    expect(await text('search', { ...none, format: 'json' })).toBe('[]');
    expect(await text('filereport', { accession: 'ERR0000001', fields: 'run_accession' })).toBe('run_accession\n');
    await ena.control.set({ emptyStatus: 204 });
    expect([(await portal(ena, 'search', none)).status, await text('search', none)]).toEqual([204, '']);
    expect(await text('count', none)).toBe('count\n0\n');
  });

  it('counts as an object in JSON, and by lower-cased value of a field', async () => {
    expect(await text('count', { query: 'tax_eq(9031)', format: 'json' })).toBe('{"count":"34"}');
    expect(await text('count', { query: 'tax_eq(9031)', field: 'library_layout' })).toBe('library_layout\tcount\nsingle\t34\n');
  });

  it('lists 195 fields to return and 160 to search by, no file column among the latter', async () => {
    const [returned, searched] = await Promise.all(['returnFields', 'searchFields'].map(async (name) => rowsOf(await text(name, {}))));
    const names = (rows: typeof returned) => rows!.map((row) => row['columnId']);
    expect([names(returned).length, names(searched).length]).toEqual([195, 160]);
    expect(names(returned)).toContain('fastq_ftp');
    expect(names(searched)).not.toContain('fastq_ftp');
  });

  it('includes and excludes listed accessions', async () => {
    const includeAccessions = 'ERR2812344,ERR2812345';
    expect(rowsOf(await text('search', { fields: 'run_accession', includeAccessions, excludeAccessions: 'ERR2812345' }))).toEqual([
      { run_accession: 'ERR2812344' },
    ]);
  });
});

describe('the taxonomy of the ENA stand-in', () => {
  let ena: Ena;
  beforeAll(async () => {
    ena = await startSmallEna();
  });
  afterAll(() => ena.stop());
  const taxon = async (id: string) => (await fetch(`${ena.url}/ena/taxonomy/rest/tax-id/${id}`)).text();

  it.each([
    ['9606', { taxId: '9606', commonName: 'human', division: 'HUM' }],
    ['9031', { taxId: '9031', scientificName: 'Gallus gallus', rank: 'species', submittable: 'true' }],
    ['99909031', { taxId: '9031', scientificName: 'Gallus gallus' }],
  ])('answers %s as one object', async (id, expected) => {
    expect(JSON.parse(await taxon(id))).toMatchObject(expected);
  });

  it.each(['424242', 'abc', ''])('answers %j with plain words', async (id) => {
    expect(await taxon(id)).toBe('No results.');
  });
});
