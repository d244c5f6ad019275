import { exportRunsHandler } from '../../../../functions/export-runs/handler';
import { memoryMachines } from '../../../../layers/adapters/fakes/machines';
import { exportRoutes } from '../../../../layers/core/api/export-routes';
import type { Operation } from '../../../../layers/core/operation';
import { apiRouter } from '../../../../layers/runtime/api-router';
import { included, mirrored, SOURCE } from '../query-runs/mirrored';

const NOW = new Date('2026-01-03T00:00:00.000Z');
const RUNS = [{ run_accession: 'ERR100001', record: included('ERR100001', 'complete') }, { run_accession: 'ERR100002' }];

async function installed() {
  let ids = 0;
  const machines = memoryMachines();
  const deps = { ...(await mirrored(RUNS)), machines, root: '/data', now: () => NOW, newId: () => `n${(ids += 1)}` };
  const serve = apiRouter(exportRoutes({ ...deps, linkTo: async (key) => `https://bucket/${key}?signed` }), 1 << 20);
  const call = async (method: string, path: string, body?: unknown) => {
    const event = { httpMethod: method, path, headers: {}, body: body === undefined ? null : JSON.stringify(body) };
    const { status, body: answer } = await serve(event, { name: 'ada', role: 'viewer' });
    return { status, body: answer as { readonly operation: Operation; readonly link?: string } };
  };
  const begin = (body: object, sourceId = SOURCE) => call('POST', `/sources/${sourceId}/exports`, body);
  return { ...deps, handle: exportRunsHandler(deps), call, begin };
}

it('answers at once, is written in the background, and gives a link when it is done', async () => {
  const { begin, call, handle, machines, stores } = await installed();
  const { status, body } = await begin({ format: 'tsv', state: 'complete' });
  const { operationId } = body.operation;
  expect({ status, operation: body.operation }).toMatchObject({
    status: 202,
    operation: { kind: 'export', status: 'running', actor: 'ada' },
  });
  expect(machines.started).toMatchObject([{ machine: 'export-runs', name: operationId, input: { operationId } }]);
  const before = await call('GET', `/sources/${SOURCE}/exports/${operationId}`);
  expect(before).toMatchObject({ status: 200, body: { operation: { status: 'running' } } });
  expect(before.body.link).toBeUndefined();
  expect(await handle({ operationId })).toEqual({ outcome: 'exported' });
  const key = `exports/${operationId}/study-PRJEB28810.runs.tsv.gz`;
  expect(await call('GET', `/sources/${SOURCE}/exports/${operationId}`)).toMatchObject({
    body: { operation: { status: 'done', result: { key, rows: 1, cycle: 1 } }, link: `https://bucket/${key}?signed` },
  });
  expect(await stores.operations.get(operationId)).toMatchObject({ detail: '1 run of study:PRJEB28810 as tsv, as of cycle 1' });
});

it('does nothing the second time', async () => {
  const { begin, handle, objects } = await installed();
  const { operationId } = (await begin({ format: 'samplesheet', flavour: 'rnaseq' })).body.operation;
  await handle({ operationId });
  const keys = objects.keys();
  expect(await handle({ operationId })).toEqual({ outcome: 'stale' });
  expect(objects.keys()).toEqual(keys);
});

it('fails with the reason where the source was removed meanwhile', async () => {
  const { begin, handle, stores } = await installed();
  const { operationId } = (await begin({ format: 'jsonl' })).body.operation;
  const source = await stores.sources.get(SOURCE);
  if (source) await stores.sources.remove(source);
  expect(await handle({ operationId })).toEqual({ outcome: 'refused' });
  expect(await stores.operations.get(operationId)).toMatchObject({ status: 'failed', detail: `${SOURCE} is not followed any more` });
});

it.each([
  { name: 'a source that is not followed', body: { format: 'tsv' }, sourceId: 'taxon:9031', status: 404 },
  { name: 'a format that there is none of', body: { format: 'xlsx' }, sourceId: SOURCE, status: 422 },
  { name: 'a word too many', body: { format: 'tsv', columns: ['x'] }, sourceId: SOURCE, status: 422 },
])('refuses $name', async ({ body, sourceId, status }) => {
  const { begin, machines } = await installed();
  expect(await begin(body, sourceId)).toMatchObject({ status });
  expect(machines.started).toEqual([]);
});

it('refuses before the first listing, and says when that is', async () => {
  const { begin, stores } = await installed();
  const source = await stores.sources.get(SOURCE);
  const event = { entityId: SOURCE, sourceId: SOURCE, at: NOW.toISOString(), type: 'test', actor: 'test' };
  if (source) await stores.sources.change(source, { listingCycle: 0 }, event);
  expect(await begin({ format: 'tsv' })).toMatchObject({ status: 409, body: { error: { code: 'not-listed' } } });
});

it('shows an export to its own source alone', async () => {
  const { begin, call } = await installed();
  const { operationId } = (await begin({ format: 'tsv' })).body.operation;
  expect(await call('GET', `/sources/taxon:9031/exports/${operationId}`)).toMatchObject({ status: 404 });
});
