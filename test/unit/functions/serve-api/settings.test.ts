import { event, source } from '../../../contract/stores/samples';
import { containing } from '../../matchers';
import { captureLog } from '../../runtime/log';
import { memoryApi, type MemoryApi } from './api';

captureLog();
const ID = 'taxon:562';
let api: MemoryApi;
beforeEach(async () => {
  api = await memoryApi();
  await api.stores.sources.add(source(ID), event(ID, 'source-added'));
});
const patch = (body: unknown, path = '/sources/562') => api.call('PATCH', path, { body });
const history = async () => (await api.stores.events.ofSource(ID)).items;

test('settings change in one write with one line of history, and a beat follows', async () => {
  const extraQuery = { field: 'library_strategy', operator: '=', value: 'WGS' };
  const { status, body } = await patch({ priority: 6, recheckDays: 1, extraQuery, limits: { runs: 7 } });
  expect(status).toBe(200);
  expect(body).toMatchObject({ source: { priority: 6, recheckSeconds: 86_400, extraQuery, limits: { runs: 7, bytes: 10 }, version: 1 } });
  expect(await history()).toMatchObject([
    { type: 'settings-changed', actor: 'a operator', detail: containing('priority 3 → 6') },
    { type: 'source-added' },
  ]);
  expect(api.machines.started).toMatchObject([{ machine: 'heartbeat' }]);
});

test('the same again changes nothing and writes nothing', async () => {
  await patch({ priority: 6 });
  expect(await patch({ priority: 6 })).toMatchObject({ status: 200, body: { changes: [], source: { version: 1 } } });
  expect(await history()).toHaveLength(2);
});

test('one bad value changes none, and every bad one is named', async () => {
  const extraQuery = { all: [{ field: 'platform', operator: '=', value: 'x' }] };
  const { status, body } = await patch({ priority: 9, recheckDays: 0, provider: 'droplet', extraQuery });
  expect(status).toBe(422);
  const { details } = (body as { error: { details: readonly { at: string; message: string }[] } }).error;
  expect(details.map(({ at }) => at).sort()).toEqual(['body.extraQuery.all.0.field', 'body.priority', 'body.recheckDays']);
  expect(details.find(({ at }) => at.endsWith('field'))?.message).toContain('"platform"');
  expect(await api.stores.sources.get(ID)).toEqual(source(ID));
});

test('a write of somebody else in between is not lost, and neither are the settings', async () => {
  const { change } = api.stores.sources;
  jest.spyOn(api.stores.sources, 'change').mockImplementationOnce(async (before, ...rest) => {
    await change(before, { phase: 'listing', cycleRunning: true }, event(ID, 'cycle-started'));
    return change(before, ...rest);
  });
  expect((await patch({ priority: 1 })).status).toBe(200);
  expect(await api.stores.sources.get(ID)).toMatchObject({ priority: 1, phase: 'listing', cycleRunning: true, version: 2 });
});

test('a source that is not followed is named', async () => {
  expect(await patch({ priority: 1 }, '/sources/9031')).toMatchObject({ status: 404, body: { error: { code: 'source-unknown' } } });
});

test('what is stopped is not checked before its priority is raised', async () => {
  await patch({ priority: -1 });
  expect(await api.call('POST', '/sources/562/check')).toMatchObject({
    status: 409,
    body: { error: { message: containing('-1 (stopped)') } },
  });
  await patch({ priority: 3 });
  expect((await api.call('POST', '/sources/562/check')).status).toBe(200);
});
