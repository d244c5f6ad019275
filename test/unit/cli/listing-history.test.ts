import { duckDbTables } from '../../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../../layers/adapters/duckdb/workspace';
import { LISTING_COLUMNS, type ListingRow } from '../../../layers/core/discovery/columns';
import type { CycleSummary } from '../../../layers/core/discovery/documents';
import { listingKeys, sourceKeys } from '../../../layers/core/discovery/keys';
import { totalsOf } from '../../../layers/core/discovery/summarize';
import { event, source } from '../../contract/stores/samples';
import { aRow } from '../core/discovery/factories';
import { installationForEach, trawl } from './installation';

const ID = 'study:PRJEB28810';
const installation = installationForEach('viewer-token');
beforeEach(async () => {
  await installation().api.stores.sources.add(source(ID, { cycle: 3, listingCycle: 3 }), event(ID, 'source-added'));
  await listed(
    1,
    ['ERR100001', 'ERR100002'].map((accession) => aRow({ run_accession: accession })),
  );
  await rejected(2);
  await listed(3, [aRow({ run_accession: 'ERR100003' }), aRow({ run_accession: 'ERR100001', base_count: '2000' })]);
});

async function listed(cycle: number, rows: readonly ListingRow[]): Promise<void> {
  const { objects } = installation().api;
  const keys = listingKeys(ID, cycle);
  await temporaryWorkspace(async (workspace) => {
    const writer = workspace.writer('raw.gz', { gzip: true });
    await writer.write(
      [LISTING_COLUMNS, ...rows.map((row) => LISTING_COLUMNS.map((column) => row[column]))].map((line) => `${line.join('\t')}\n`).join(''),
    );
    await writer.end();
    const tables = duckDbTables({ memoryMb: 128, threads: 1 });
    await tables.listingToParquet(workspace.path('raw.gz'), LISTING_COLUMNS, workspace.path('listing.parquet'));
    await objects.upload(workspace.path('listing.parquet'), keys.listing, 'application/vnd.apache.parquet');
  });
  await objects.putJson(keys.evidence, { askedAt: `2026-01-0${cycle}T00:00:00.000Z`, rows: rows.length, verdict: { outcome: 'accepted' } });
  const group = { change: 'new', state: 'due', rule: '', note: '', runs: rows.length, bytes: 1 } as const;
  const summary: CycleSummary = { v: 1, sourceId: ID, cycle, judgedRuns: rows.length, ...totalsOf([group]) };
  await objects.putJson(sourceKeys(ID, cycle).summary, summary);
}
const rejected = (cycle: number): Promise<void> =>
  installation().api.objects.putJson(listingKeys(ID, cycle).evidence, {
    askedAt: '2026-01-02T00:00:00.000Z',
    rows: 0,
    verdict: { outcome: 'rejected', code: 'vanished', detail: 'no runs where there were 2' },
  });

test('listing list shows good and rejected listings, newest first', async () => {
  const { code, stdout } = await trawl('listing', 'list', 'PRJEB28810');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /3 .* good, in force +2 +2 +2 new\n2 .* rejected +0 +vanished: no runs where there were 2\n1 .* good +2 +2 +2 new/,
  );
  expect(JSON.parse((await trawl('listing', 'list', ID, '--limit', '2', '--json')).stdout)).toMatchObject({
    items: [
      { cycle: 3, isCurrent: true },
      { cycle: 2, isGood: false },
    ],
    cursor: '2',
  });
});

test('listing diff shows what is new, changed and gone, by default since the good listing before', async () => {
  const { code, stdout } = await trawl('listing', 'diff', 'PRJEB28810');
  expect(code).toBe(0);
  expect(stdout).toContain('cycle 1 → 3: 1 new, 1 changed, 1 gone');
  expect(stdout).toMatch(/ERR100001 +changed +base_count +1000 +2000\nERR100002 +gone\nERR100003 +new/);
  const back = await trawl('listing', 'diff', ID, '--from', '3', '--to', '1', '--change', 'new', '--json');
  expect(JSON.parse(back.stdout)).toMatchObject({ from: 3, to: 1, items: [{ accession: 'ERR100002', change: 'new' }] });
});

test.each([
  {
    name: 'a cycle that was rejected',
    args: ['--from', '2'],
    says: `cycle 2 of ${ID} has no good listing: "trawl listing list ${ID}" shows`,
  },
  { name: 'a cycle that never was', args: ['--to', '9'], says: `cycle 9 of ${ID} has no good listing` },
  { name: 'the first listing', args: ['--to', '1'], says: `${ID} has no two good listings yet` },
])('listing diff names $name', async ({ args, says }) => {
  const { code, stderr } = await trawl('listing', 'diff', ID, ...args);
  expect(code).toBe(1);
  expect(stderr).toContain(says);
});
