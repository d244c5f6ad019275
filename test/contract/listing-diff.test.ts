import { temporaryWorkspace } from '../../layers/adapters/duckdb/workspace';
import { listing, row, tables } from './listing-files';

describe('the difference between two listings', () => {
  const earlier = [row('ERR100003', { country: 'Chile', fastq_md5: 'a' }), row('ERR100001'), row('ERR100002'), row('ERR100004')];
  const later = [row('ERR100005'), row('ERR100004'), row('ERR100003', { country: 'Peru', fastq_md5: 'b' }), row('ERR100001')];
  const counts = { new: 1, changed: 1, gone: 1 };
  const changed = {
    accession: 'ERR100003',
    change: 'changed',
    columns: [
      { column: 'country', from: 'Chile', to: 'Peru' },
      { column: 'fastq_md5', from: 'a', to: 'b' },
    ],
  };
  const gone = { accession: 'ERR100002', change: 'gone', columns: [] };
  const added = { accession: 'ERR100005', change: 'new', columns: [] };
  it.each([
    { name: 'all', query: { limit: 9 }, items: [gone, changed, added], hasMore: false },
    { name: 'the first page', query: { limit: 2 }, items: [gone, changed], hasMore: true },
    { name: 'the page after', query: { limit: 2, after: 'ERR100003' }, items: [added], hasMore: false },
    { name: 'one kind', query: { limit: 9, change: 'new' }, items: [added], hasMore: false },
  ] as const)('$name, in any order of rows', async ({ query, items, hasMore }) => {
    await temporaryWorkspace(async (workspace) => {
      const paths = { from: (await listing(workspace, 'from', earlier)).path, to: (await listing(workspace, 'to', later)).path };
      expect(await tables.diff(paths, query)).toEqual({ items, hasMore, counts });
    });
  });
});
