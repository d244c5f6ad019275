import { event, source } from '../../../contract/stores/samples';
import { containing } from '../../matchers';
import { captureLog } from '../../runtime/log';
import { memoryApi, NOW, type MemoryApi } from './api';

captureLog();
const ID = 'study:PRJEB28810';
let api: MemoryApi;
beforeEach(async () => {
  api = await memoryApi();
});
const follow = () => api.stores.sources.add(source(ID), event(ID, 'source-added'));

describe('adding sources', () => {
  test('is answered at once; then all are added, those that are there are named, and a beat starts', async () => {
    await follow();
    const { status, body } = await api.call('POST', '/sources', { body: { ids: ['562', 'taxon:562', 'prjeb28810', '009606'] } });
    const { operationId } = (body as { operation: { operationId: string } }).operation;
    expect([status, operationId]).toEqual([202, '20261121T100000000Z-add-sources-1']);
    expect(api.machines.started).toEqual([{ machine: 'add-sources', name: operationId, input: { operationId } }]);
    expect((await api.stores.sources.list()).items).toHaveLength(1);
    await api.runOperations();
    expect((await api.call('GET', `/operations/${operationId}`)).body).toMatchObject({
      operation: {
        ...{ status: 'done', actor: 'a operator', detail: '2 sources added, 1 already there', progress: { done: 3, total: 3 } },
        result: {
          sources: [
            { id: 'taxon:562', sourceId: 'taxon:562', outcome: 'added', name: 'Species 562' },
            { id: ID, outcome: 'existing', name: 'Chicken' },
            { id: 'taxon:9606', outcome: 'added' },
          ],
        },
      },
    });
    expect(api.machines.started.slice(1)).toMatchObject([{ machine: 'heartbeat', input: { id: containing(operationId) } }]);
    expect(await api.stores.sources.get('taxon:562')).toMatchObject({ lastRunStatus: 'new', nextCheckAt: NOW.toISOString(), cycle: 0 });
  });
  test('one bad id adds none, and each bad one is named with its reason', async () => {
    const { status, body } = await api.call('POST', '/sources', {
      body: { ids: ['562', 'abc', '0', '-5', 'PRJ', '562; drop', 'SRP0'] },
    });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      added: [],
      existing: [],
      invalid: ['abc', '0', '-5', 'PRJ', '562; drop', 'SRP0'].map((id) => ({ id })),
    });
    expect((await api.stores.sources.list()).items).toEqual([]);
    expect(api.machines.started).toEqual([]);
  });
  test.each([
    ['no ids', { ids: [] }],
    ['too many ids', { ids: Array.from({ length: 1_001 }, (_, at) => String(at + 1)) }],
    ['an unknown setting', { ids: ['562'], prio: 1 }],
    ['a recheck below a minute', { ids: ['562'], recheckSeconds: 59 }],
    ['no body', undefined],
  ])('%s is refused', async (_, body) => {
    expect((await api.call('POST', '/sources', { body })).status).toBe(422);
    expect((await api.stores.sources.list()).items).toEqual([]);
  });
  test('a start that is lost fails no request: the operation stands, and the heartbeat starts it', async () => {
    jest.spyOn(api.machines, 'start').mockRejectedValue(new Error('throttled'));
    expect((await api.call('POST', '/sources', { body: { ids: ['562'] } })).status).toBe(202);
    expect(await api.stores.operations.running(10)).toMatchObject([{ kind: 'add-sources' }]);
    expect(api.warnings).toEqual([containing('throttled')]);
  });
});
