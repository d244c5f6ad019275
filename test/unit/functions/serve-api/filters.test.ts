import type { FilterDocument } from '../../../../layers/core/filters/document-schema';
import type { Source } from '../../../../layers/core/entities';
import { event, source } from '../../../contract/stores/samples';
import { memoryApi, NOW } from './api';

const ID = 'taxon:562';
const PATH = `/sources/${ID}/filters`;
const wgs: FilterDocument = { v: 1, rules: [{ rule: 'strategy', parameters: { anyOf: ['WGS'] } }] };

async function followed(values: Partial<Source> = {}) {
  const api = await memoryApi();
  await api.stores.sources.add(source(ID, { nextCheckAt: '2027-01-01T00:00:00.000Z', ...values }), event(ID, 'source-added'));
  const get = async () => (await api.call('GET', PATH, { role: 'viewer' })).body as { version: string } & Record<string, unknown>;
  const put = async (filters: unknown, version?: string) =>
    api.call('PUT', PATH, { body: { filters, version: version ?? (await get()).version } });
  const kept = async () => (await api.stores.sources.get(ID))!;
  return { ...api, get, put, kept };
}

it('shows the chain that a source is judged by, and who asks for each rule', async () => {
  const { get } = await followed();
  expect(await get()).toMatchObject({ sourceId: ID, filters: { v: 1, rules: [] }, chain: [{ rule: 'run-bytes', from: 'default' }] });
  const own = await followed({ filters: wgs });
  expect(await own.get()).toMatchObject({
    filters: wgs,
    chain: [{ rule: 'run-bytes' }, { rule: 'strategy', from: 'source' }],
    warnings: [],
  });
});

it('sets them, has the source checked soon and writes it into the history', async () => {
  const { put, kept, stores, machines } = await followed();
  expect(await put(wgs)).toMatchObject({ status: 200, body: { filters: wgs, isChanged: true } });
  expect(await kept()).toMatchObject({ filters: wgs, nextCheckAt: NOW.toISOString(), checkRequested: false });
  const [newest] = (await stores.events.ofSource(ID)).items;
  expect(newest).toMatchObject({ type: 'filters-set', actor: 'a operator', detail: 'defaults → strategy {"anyOf":["WGS"]}' });
  expect(machines.started.map(({ machine }) => machine)).toEqual(['heartbeat']);
});

it('asks for a check that outlives the cycle which runs and has read the old ones', async () => {
  const { put, kept } = await followed({ cycleRunning: true });
  await put(wgs);
  expect(await kept()).toMatchObject({ checkRequested: true });
});

it('goes back to the defaults with a document without rules', async () => {
  const { put, kept } = await followed({ filters: wgs });
  expect(await put({ v: 1, rules: [] })).toMatchObject({ status: 200, body: { filters: { v: 1, rules: [] } } });
  expect(await kept()).not.toHaveProperty('filters');
});

it('is refused when filters or listing are others than those that were looked at, and by nothing else', async () => {
  const { get, put, kept, stores } = await followed();
  const { version } = await get();
  await stores.sources.change(await kept(), { priority: 3, cycle: 7, cycleRunning: true }, event(ID, 'other'));
  expect(await put(wgs, version)).toMatchObject({ status: 200 });
  const other = { v: 1, rules: [{ rule: 'run-bytes', off: true }] };
  expect(await put(other, version)).toMatchObject({ status: 409, body: { error: { code: 'filters-changed' } } });
  const seen = (await get()).version;
  await stores.sources.change(await kept(), { listingCycle: 7 }, event(ID, 'other'));
  expect(await put(other, seen)).toMatchObject({ status: 409 });
  expect(await kept()).toMatchObject({ filters: wgs });
});

it('may be repeated: the second time nothing changes', async () => {
  const { get, put, kept } = await followed();
  const { version } = await get();
  await put(wgs, version);
  const before = await kept();
  // Another order of keys is the same document.
  const again = { rules: [{ parameters: { anyOf: ['WGS'] }, rule: 'strategy' }], v: 1 };
  expect(await put(again, version)).toMatchObject({ status: 200, body: { isChanged: false } });
  expect(await kept()).toEqual(before);
});

it('refuses a document that is wrong with every place, and keeps the old one', async () => {
  const { put, kept } = await followed({ filters: wgs });
  expect(await put({ v: 1, rules: [{ rule: 'colour' }, { rule: 'layout', parameters: { anyOf: [1] } }] })).toMatchObject({
    status: 422,
    body: {
      error: { code: 'invalid-filters', details: [{ at: 'filters.rules[0].rule' }, { at: 'filters.rules[1].parameters.anyOf[0]' }] },
    },
  });
  expect(await kept()).toMatchObject({ filters: wgs });
});

it.each([
  ['a viewer who sets', 'PUT', PATH, { role: 'viewer', body: { filters: wgs, version: 'x' } }, 403],
  ['no version', 'PUT', PATH, { body: { filters: wgs } }, 422],
  ['a source that is not there', 'PUT', '/sources/taxon:1/filters', { body: { filters: wgs, version: 'x' } }, 404],
  ['a source that is not there', 'GET', '/sources/taxon:1/filters', {}, 404],
] as const)('refuses %s', async (_, method, path, call, status) => {
  const { call: ask } = await followed();
  expect(await ask(method, path, call)).toMatchObject({ status });
});
