import { queryRunsRoute } from '../../../../functions/query-runs/handler';
import { duckDbTables } from '../../../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../../../layers/adapters/duckdb/workspace';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import type { RunRecord } from '../../../../layers/core/discovery/documents';
import { sourceKeys } from '../../../../layers/core/discovery/keys';
import { aSource } from '../../core/discovery/factories';

const sourceId = 'study:PRJEB28810';
const at = '2026-01-02T00:00:00.000Z';
const record = (accession: string, state: RunRecord['state']): RunRecord => ({
  accession,
  change: 'new',
  missedListings: 0,
  verdict: state === 'excluded' ? 'excluded' : 'included',
  rule: state === 'excluded' ? 'no-files' : '',
  reason: '',
  note: '',
  filesHash: '',
  fetchKey: state === 'excluded' ? '' : `${accession}#key`,
  filesBytes: 1,
  fileCount: 1,
  state,
  files: [],
  metadata: { sample_accession: `SAM${accession}` },
});

async function installed(listingCycle = 1) {
  const stores = memoryStores();
  const objects = memoryObjects();
  const tables = duckDbTables({ memoryMb: 128, threads: 1 });
  await stores.sources.add(aSource({ sourceId, listingCycle, lastCheckedAt: at }), {
    entityId: sourceId,
    sourceId,
    at,
    type: 'added',
    actor: 'test',
  });
  const states = ['excluded', 'due', 'due', 'due', 'claimed', 'complete', 'failed', 'linked'] as const;
  await temporaryWorkspace(async (workspace) => {
    const writer = workspace.writer('runs.jsonl');
    for (const [index, state] of states.entries()) await writer.write(`${JSON.stringify(record(`ERR10000${index}`, state))}\n`);
    await writer.end();
    await tables.recordsToParquet(workspace.path('runs.jsonl'), workspace.path('runs.parquet'));
    await objects.upload(workspace.path('runs.parquet'), sourceKeys(sourceId, 1).runs, 'application/vnd.apache.parquet');
  });
  const route = queryRunsRoute({ stores, objects, tables, withWorkspace: temporaryWorkspace });
  const ask = (query: Record<string, string> = {}, id = sourceId) =>
    route.answer({ params: { sourceId: id }, query, body: undefined, actor: { name: 'test', role: 'viewer' } });
  return { stores, ask };
}

it('shows states as they are now: verified, in work here or elsewhere, failed since', async () => {
  const { stores, ask } = await installed();
  const settled = { batchId: 'study-PRJEB28810.1.1', bytes: 1 };
  await stores.outcomes.put([
    { ...settled, fetchKey: 'ERR100001#key', result: 'complete', at },
    { ...settled, fetchKey: 'ERR100002#key', result: 'failed', at: '2026-01-02T00:00:01.000Z' },
    { ...settled, fetchKey: 'ERR100003#key', result: 'failed', at: '2025-12-01T00:00:00.000Z' },
    { ...settled, fetchKey: 'ERR100006#key', result: 'failed', at: '2025-12-01T00:00:00.000Z' },
  ]);
  const claim = { waiters: [], claimedAt: at };
  await stores.claims.claim([
    { ...claim, fetchKey: 'ERR100004#key', holder: 'taxon-9031.1.1' },
    { ...claim, fetchKey: 'ERR100007#key', holder: 'study-PRJEB28810.1.2' },
  ]);
  const { status, body } = await ask();
  expect(status).toBe(200);
  expect(body).toMatchObject({
    items: [
      { accession: 'ERR100000', state: 'excluded', rule: 'no-files' },
      { accession: 'ERR100001', state: 'complete', batchId: 'study-PRJEB28810.1.1' },
      { accession: 'ERR100002', state: 'failed' },
      { accession: 'ERR100003', state: 'due' },
      { accession: 'ERR100004', state: 'linked', batchId: 'taxon-9031.1.1' },
      { accession: 'ERR100005', state: 'complete' },
      { accession: 'ERR100006', state: 'failed' },
      { accession: 'ERR100007', state: 'claimed', batchId: 'study-PRJEB28810.1.2' },
    ],
    counts: { excluded: 1, complete: 2, failed: 2, due: 1, linked: 1, claimed: 1 },
  });
});

it('goes through a state page by page, each run once', async () => {
  const { ask } = await installed();
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { body } = await ask({ state: 'due', limit: '2', ...(cursor !== undefined && { cursor }) });
    const page = body as { items: { accession: string }[]; cursor?: string };
    seen.push(...page.items.map(({ accession }) => accession));
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(seen).toEqual(['ERR100001', 'ERR100002', 'ERR100003', 'ERR100004', 'ERR100006', 'ERR100007']);
});

it.each([
  { name: 'a source that is not there', query: {}, id: 'taxon:1', status: 404 },
  { name: 'an id of no form', query: {}, id: 'taxon:x', status: 422 },
  { name: 'a state that there is none', query: { state: 'odd' }, id: sourceId, status: 422 },
  { name: 'too many at a time', query: { limit: '1001' }, id: sourceId, status: 422 },
])('refuses $name', async ({ query, id, status }) => {
  const { ask } = await installed();
  expect(await ask(query, id)).toMatchObject({ status });
});

it.each(['study-PRJEB28810', 'PRJEB28810', 'prjeb28810'])('takes %s for the source, as every other route does', async (id) => {
  const { ask } = await installed();
  expect(await ask({}, id)).toMatchObject({ status: 200 });
});

it('shows no runs before the first listing', async () => {
  const { ask } = await installed(0);
  expect(await ask({ state: 'all' })).toEqual({ status: 200, body: { items: [], counts: {} } });
});
