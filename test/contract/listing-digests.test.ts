import type { Workspace } from '../../layers/core/ports/listings';
import { temporaryWorkspace } from '../../layers/adapters/duckdb/workspace';
import { listing, record, row, runs, tables, withoutDigests } from './listing-files';

const HOME = { verdict: 'included', state: 'complete' } as const;

/** Accession and change of what the rules have to see; all that is known is at home, so that only a difference brings a run there. */
async function seen(workspace: Workspace, files: { readonly now: string; readonly before: string }) {
  const records = {
    runs: await runs(
      workspace,
      ['ERR100001', 'ERR100002', 'ERR100003'].map((accession) => record(accession, HOME)),
    ),
  };
  const found: (readonly [string, string])[] = [];
  for await (const chunk of tables.compare({ listing: files.now, previous: { listing: files.before, records }, all: false }))
    found.push(...chunk.map(({ row: listed, previous, change }) => [listed?.run_accession ?? previous?.accession ?? '', change] as const));
  return found.sort();
}

describe('digests of the rows of a listing', () => {
  it.each([
    ['both listings have them', false],
    ['the last listing was kept by a version that knew none', true],
  ])('bring exactly the runs that differ to the rules where %s', async (_where, isOlder) => {
    await temporaryWorkspace(async (workspace) => {
      const before = await listing(workspace, 'before', [
        row('ERR100001', { country: 'Chile', center_name: '' }),
        row('ERR100002', { fastq_md5: 'a' }),
        row('ERR100003'),
      ]);
      const now = await listing(workspace, 'now', [
        row('ERR100003'),
        // The same letters, in the next column but one.
        row('ERR100001', { country: '', collection_date: 'Chile' }),
        row('ERR100002', { fastq_md5: 'b' }),
      ]);
      const older = workspace.path('older.parquet');
      if (isOlder) await withoutDigests(before.path, older);
      const differing = [
        ['ERR100001', 'unchanged'],
        ['ERR100002', 'changed'],
      ];
      expect(await seen(workspace, { now: now.path, before: isOlder ? older : before.path })).toEqual(differing);
    });
  });
});
