import { LISTING_COLUMNS } from '../../layers/core/discovery/columns';
import { temporaryWorkspace } from '../../layers/adapters/duckdb/workspace';
import { listing, row, tables } from './listing-files';

describe('a listing in Parquet', () => {
  it.each([
    ['quotes and escapes', `"a" 'b' \\t \\`],
    ['the words NULL and NA', 'NULL'],
    ['spaces around', '  a  '],
    ['nothing', ''],
    ['other alphabets', 'Müller 鶏 🐔'],
    ['a carriage return inside', 'a\rb'],
    ['a carriage return at the end', 'a\r'],
  ])('keeps %s as they came', async (_name, value) => {
    await temporaryWorkspace(async (workspace) => {
      const rows = [row('ERR100001', { country: value, sra_md5: value }), row('ERR100002')];
      const { path, ...counted } = await listing(workspace, 'listing', rows);
      expect(counted).toMatchObject({ rows: 2, runs: 2 });
      expect(await tables.rowsOf(path, ['ERR100001', 'ERR100002'])).toEqual(rows);
    });
  });

  it.each([
    ['and nowhere else', ''],
    ['and inside a value', 'a\rb'],
  ])('takes a carriage return before the end of a line %s for a part of that end', async (_name, country) => {
    await temporaryWorkspace(async (workspace) => {
      const rows = [row('ERR100001', { country, sra_bytes: '7' }), row('ERR100002', { sra_bytes: '8' })];
      const returned = rows.map((one) => ({ ...one, sra_bytes: `${one.sra_bytes}\r` }));
      for (const [name, given] of [['some', [...returned.slice(0, 1), ...rows.slice(1)]] as const, ['all', returned] as const]) {
        const { path } = await listing(workspace, name, given);
        expect(await tables.rowsOf(path, ['ERR100001', 'ERR100002'])).toEqual(rows);
      }
    });
  });

  it('has a column that the answer lacks, empty', async () => {
    await temporaryWorkspace(async (workspace) => {
      const columns = LISTING_COLUMNS.filter((column) => column !== 'center_name');
      const writer = workspace.writer('raw.gz', { gzip: true });
      const listed = row('ERR100001', { country: 'Chile' });
      await writer.write([columns, columns.map((column) => listed[column])].map((line) => `${line.join('\t')}\n`).join(''));
      await writer.end();
      await tables.listingToParquet(workspace.path('raw.gz'), columns, workspace.path('listing'), ['center_name']);
      expect(await tables.rowsOf(workspace.path('listing'), ['ERR100001'])).toEqual([listed]);
    });
  });

  it('tells how many accessions are distinct and well formed', async () => {
    await temporaryWorkspace(async (workspace) => {
      const counted = await listing(workspace, 'listing', [row('ERR100001'), row('ERR100001'), row('odd')]);
      expect(counted).toMatchObject({ rows: 3, runs: 1 });
    });
  });
});
