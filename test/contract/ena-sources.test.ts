import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveSourcesHandler } from '../../functions/resolve-sources/handler';
import { settleOperationHandler } from '../../functions/settle-operation/handler';
import { enaPortal } from '../../layers/adapters/ena/portal';
import { memoryMachines } from '../../layers/adapters/fakes/machines';
import { memoryStores } from '../../layers/adapters/fakes/stores';
import { askForSources, type AddRequest } from '../../layers/core/api/add-sources';
import { AddResult } from '../../layers/core/sources/add-result';
import { startEna, type Ena } from '../world/ena/server';

const filesDir = mkdtempSync(join(tmpdir(), 'trawl-ena-'));
let ena: Ena;
beforeAll(async () => {
  ena = await startEna({ filesDir, totalBytes: 1_000_000 });
});
beforeEach(() => ena.control.reset());
afterAll(async () => {
  await ena.stop();
  rmSync(filesDir, { recursive: true });
});

/** An installation without sources that asks the stand-in. Its clock moves a second at each look. */
function trawl() {
  const stores = memoryStores();
  let clock = Date.parse('2026-11-21T10:00:00.000Z');
  let ids = 0;
  const deps = { stores, machines: memoryMachines(), now: () => new Date((clock += 1000)), newId: () => `n${(ids += 1)}` };
  const portal = enaPortal({
    portalUrl: `${ena.url}/ena/portal/api`,
    taxonomyUrl: `${ena.url}/ena/taxonomy/rest`,
    timeouts: { connectSeconds: 2, answerSeconds: 2, silenceSeconds: 2 },
  });
  const defaults = { limits: { runs: 100, bytes: 1e9, dollars: 1 }, recheckSeconds: 86_400 };
  const resolve = resolveSourcesHandler({ ...deps, ena: portal, defaults, sleep: () => Promise.resolve() });
  const settle = settleOperationHandler(deps);
  const begin = async (request: AddRequest): Promise<string> => {
    const asked = await askForSources(deps, request, 'ada');
    if (asked.outcome === 'invalid') throw new Error(JSON.stringify(asked.invalid));
    return asked.operation.operationId;
  };
  const add = async (...ids_: readonly string[]) => {
    const operationId = await begin({ ids: [...ids_] });
    await resolve({ operationId });
    await settle({ operationId });
    const operation = await stores.operations.get(operationId);
    expect(operation?.status).toBe('done');
    return AddResult.parse(operation?.result).sources;
  };
  const listed = async () => (await stores.sources.list()).items.map(({ sourceId, name }) => [sourceId, name]);
  return { ...deps, begin, add, resolve, settle, listed };
}

it('names taxa and studies as ENA does', async () => {
  const { add, listed } = trawl();
  await add('9031', 'PRJEB12126', 'PRJEB37886');
  expect(await listed()).toEqual([
    // Recorded without a title.
    ['study:PRJEB12126', expect.stringContaining('Analysis of coronavirus')],
    ['study:PRJEB37886', undefined],
    ['taxon:9031', 'Gallus gallus'],
  ]);
});

it('makes one source of ids that differ only by alias: secondary and primary accession, merged and current taxon', async () => {
  const { add, listed, stores } = trawl();
  expect(await add('ERP013565', 'PRJEB12126', '99909031', '9031')).toMatchObject([
    { id: 'study:ERP013565', sourceId: 'study:PRJEB12126', outcome: 'added', detail: 'ERP013565 is PRJEB12126' },
    { id: 'study:PRJEB12126', sourceId: 'study:PRJEB12126', outcome: 'existing' },
    { id: 'taxon:99909031', sourceId: 'taxon:9031', outcome: 'added', detail: 'taxon 99909031 was merged into 9031 (Gallus gallus)' },
    { id: 'taxon:9031', sourceId: 'taxon:9031', outcome: 'existing' },
  ]);
  expect((await listed()).map(([id]) => id)).toEqual(['study:PRJEB12126', 'taxon:9031']);
  const merged = 'taxon 99909031 was merged into 9031 (Gallus gallus)';
  expect((await stores.events.ofSource('taxon:9031')).items).toMatchObject([{ type: 'source-added', actor: 'ada', detail: merged }]);
  expect(await add('erp013565')).toMatchObject([{ outcome: 'existing' }]);
});

it('puts what ENA does not know into attention; no cycle is due for it', async () => {
  const { add, stores, now } = trawl();
  expect(await add('999999999', 'PRJEB99999999', 'ERP999999')).toMatchObject([
    { sourceId: 'taxon:999999999', outcome: 'unknown', detail: 'ENA knows no taxon 999999999' },
    { sourceId: 'study:PRJEB99999999', outcome: 'unknown' },
    { sourceId: 'study:ERP999999', outcome: 'unknown' },
  ]);
  for (const { lastRunStatus, needsAttention } of (await stores.sources.list()).items) {
    expect([lastRunStatus, needsAttention?.reason]).toEqual(['error', 'source-unresolved']);
  }
  expect(await stores.sources.due(now().toISOString(), 10)).toEqual([]);
});

it('takes the place of an unresolved accession once ENA shows the study', async () => {
  const { add, listed } = trawl();
  await add('ERP999999');
  const fields = { study_accession: 'PRJEB99999', secondary_study_accession: 'ERP999999', study_title: 'Late' };
  await ena.control.change({ kind: 'add', accession: 'ERR9999999', like: 'ERR2812382', fields });
  expect(await add('ERP999999')).toMatchObject([{ sourceId: 'study:PRJEB99999', outcome: 'added' }]);
  expect(await listed()).toEqual([['study:PRJEB99999', 'Late']]);
});

it('goes on after the last id that was noted when ENA comes back, and counts each once', async () => {
  const { begin, resolve, settle, stores, listed } = trawl();
  const operationId = await begin({ ids: ['9031', '562', '9606'], priority: 5 });
  await ena.control.inject({ on: 'taxonomy', contains: '/562', times: 1, fault: { kind: 'status', status: 503 } });
  await expect(resolve({ operationId })).rejects.toThrow('ENA is unavailable');
  expect(await stores.operations.get(operationId)).toMatchObject({ status: 'running', progress: { done: 1, total: 3 } });
  expect((await listed()).map(([id]) => id)).toEqual(['taxon:9031']);
  for (const place of [1, 2, 3])
    expect(await stores.leases.take(`ena/${place}`, 'another', '2026-11-21T10:00:00.000Z', '2026-11-21T10:00:00.001Z')).toBe(true);
  expect(await resolve({ operationId })).toEqual({ outcome: 'resolved' });
  await settle({ operationId });
  expect(await stores.operations.get(operationId)).toMatchObject({ status: 'done', detail: '3 sources added, 0 already there' });
  expect((await ena.control.requests()).map(({ path }) => path.split('/').at(-1))).toEqual(['9031', '562', '562', '9606']);
  expect(await stores.sources.get('taxon:9606')).toMatchObject({ priority: 5, name: 'Homo sapiens' });
  expect(await resolve({ operationId })).toEqual({ outcome: 'over' });
});

it('a source that was written by a call which died is still counted as added', async () => {
  const { begin, resolve, stores } = trawl();
  const operationId = await begin({ ids: ['9031'] });
  const change = jest.spyOn(stores.operations, 'change').mockRejectedValueOnce(new Error('gone'));
  await expect(resolve({ operationId })).rejects.toThrow('gone');
  change.mockRestore();
  await resolve({ operationId });
  expect(await stores.operations.get(operationId)).toMatchObject({ detail: '1 source added, 0 already there' });
});

it('says how far it came when ENA stays away', async () => {
  const { begin, resolve, settle, stores } = trawl();
  const operationId = await begin({ ids: ['9031', '562'] });
  await ena.control.inject({ on: 'taxonomy', contains: '/562', times: 9, fault: { kind: 'reset' } });
  await expect(resolve({ operationId })).rejects.toThrow();
  const Cause = JSON.stringify({ errorType: 'ArchiveUnavailableError', errorMessage: 'ENA is unavailable: reset' });
  await settle({ operationId, failure: { Error: 'ArchiveUnavailableError', Cause } });
  expect(await stores.operations.get(operationId)).toMatchObject({
    status: 'failed',
    detail: 'ENA is unavailable: reset (1 source added, 0 already there, 1 not asked for yet)',
  });
  expect(await settle({ operationId })).toEqual({ outcome: 'stale' });
});
