import { event, source } from '../../../contract/stores/samples';
import { captureLog } from '../../runtime/log';
import { memoryApi, NOW, type MemoryApi } from './api';

captureLog();

const ADOPT = { directory: '/lab/raw' };
const operationIn = (body: unknown) => (body as { operation: { operationId: string } }).operation;

async function following(listingCycle: number): Promise<MemoryApi> {
  const api = await memoryApi();
  await api.stores.sources.add(source('taxon:562', { listingCycle }), event('taxon:562', 'source-added'));
  return api;
}

test('adopting is an operation whose execution has its name, and there is one at a time', async () => {
  const api = await following(1);
  const { status, body } = await api.call('POST', '/sources/562/adopt', { body: ADOPT });
  expect({ status, body }).toMatchObject({
    status: 202,
    body: {
      operation: { kind: 'adopt', status: 'running', actor: 'a operator', request: { sources: ['taxon:562'], how: 'link', dryRun: false } },
    },
  });
  const { operationId } = operationIn(body);
  expect(await api.machines.status('tend-home', operationId)).toBe('RUNNING');
  expect(await api.call('POST', '/sources/562/adopt', { body: ADOPT })).toMatchObject({ status: 409 });
  expect(await api.call('POST', '/sources/562/verify', { body: {} })).toMatchObject({ status: 202 });
});

test.each([
  { what: 'a viewer', call: { role: 'viewer', body: ADOPT }, status: 403 },
  { what: 'a relative path', call: { body: { directory: 'lab/raw' } }, status: 422 },
  { what: 'a path with a line end', call: { body: { directory: '/lab\n/raw' } }, status: 422 },
  { what: 'an unknown way', call: { body: { ...ADOPT, how: 'move' } }, status: 422 },
  { what: 'an unknown field', call: { body: { ...ADOPT, force: true } }, status: 422 },
] as const)('adopting is refused to $what', async ({ call, status }) => {
  const api = await following(1);
  expect(await api.call('POST', '/sources/562/adopt', call)).toMatchObject({ status });
  expect((await api.stores.operations.list()).items).toEqual([]);
});

test('a source that ENA was not asked about yet has nothing to compare with, and an unknown one is unknown', async () => {
  const api = await following(0);
  expect(await api.call('POST', '/sources/562/adopt', { body: ADOPT })).toMatchObject({ status: 409 });
  expect(await api.call('POST', '/sources/562/verify', { body: {} })).toMatchObject({ status: 409 });
  expect(await api.call('POST', '/sources/9606/adopt', { body: ADOPT })).toMatchObject({ status: 404 });
  expect(await api.call('POST', '/verify', { body: {} })).toMatchObject({ status: 409 });
});

test('verifying without a source is about all of them, whatever was seen whole before now', async () => {
  const api = await following(1);
  const { status, body } = await api.call('POST', '/verify', { body: {} });
  expect(status).toBe(202);
  expect(operationIn(body)).toMatchObject({
    kind: 'verify',
    request: { sources: ['taxon:562'], refetch: false, once: false, before: NOW.getTime() / 1000 },
  });
});
