import type { ReapReport } from '../../../../layers/core/reaping/records';
import { captureLog } from '../../runtime/log';
import { memoryApi, NOW, type MemoryApi } from './api';

captureLog();
const AT = NOW.toISOString();
const MACHINE = 'machine/droplet/99';
let api: MemoryApi;
beforeEach(async () => {
  api = await memoryApi();
});

const report = (more: Partial<ReapReport> = {}): ReapReport => ({
  ...{ id: 'ask-0', at: AT, listed: [], acted: [], recovered: [], errors: [], leftOut: 0 },
  marks: [{ subject: MACHINE, kind: 'foreign-machine', place: 'provider/droplet', detail: 'mine', key: 'mine', since: AT, looks: 2 }],
  ...more,
});

describe('looking', () => {
  test('before the first cycle there is no report, and the status says nothing of it', async () => {
    expect(await api.call('GET', '/reaps', { role: 'viewer' })).toEqual({ status: 200, body: { keeps: [], events: [] } });
    expect((await api.call('GET', '/status')).body).not.toHaveProperty('reaper');
  });
  test('a viewer sees the last report, what is kept, and what happened to things of no source', async () => {
    await api.stores.reaps.putReport(report());
    const drift = { sourceId: 'installation', at: AT, entity: 'counter', entityId: 'counter/total', type: 'counter-mended', actor: 'x' };
    await api.stores.events.append({ ...drift, detail: '3 to 2 workers' });
    expect((await api.call('GET', '/reaps', { role: 'viewer' })).body).toMatchObject({
      report: { id: 'ask-0', marks: [{ subject: MACHINE }] },
      events: [{ type: 'counter-mended' }],
    });
    const { body } = await api.call('GET', '/status', { role: 'viewer' });
    expect(body).toMatchObject({
      reaper: { marks: 1, notices: [{ subject: MACHINE }, { subject: 'counter/total' }] },
    });
  });
});

describe('asking', () => {
  test('a look now starts the machine under a name of its own', async () => {
    const { status, body } = await api.call('POST', '/reaps', { body: {} });
    const { id } = body as { id: string };
    expect(status).toBe(202);
    expect(api.machines.started).toEqual([{ machine: 'reap-workers', name: id, input: { id } }]);
  });
  test.each(['', '/keep', '/release'])('a viewer may not POST /reaps%s', async (path) => {
    expect(await api.call('POST', `/reaps${path}`, { role: 'viewer', body: path === '' ? {} : { name: '99' } })).toMatchObject({
      status: 403,
    });
    expect([api.machines.started, await api.stores.reaps.keeps()]).toEqual([[], []]);
  });
});

describe('keeping', () => {
  test.each([MACHINE, '99', 'mine'])('by the name %s it says which marks are meant, and is there until it is released', async (name) => {
    await api.stores.reaps.putReport(report());
    const kept = await api.call('POST', '/reaps/keep', { body: { name, reason: 'a test of ours' } });
    expect(kept).toEqual({
      status: 200,
      body: { keep: { name, by: 'a operator', at: AT, reason: 'a test of ours' }, marks: [MACHINE] },
    });
    expect((await api.call('GET', '/reaps')).body).toMatchObject({ keeps: [{ name }] });
    expect(await api.call('POST', '/reaps/release', { body: { name } })).toMatchObject({ status: 200 });
    expect(await api.stores.reaps.keeps()).toEqual([]);
    expect(await api.call('POST', '/reaps/release', { body: { name } })).toMatchObject({
      status: 404,
      body: { error: { code: 'not-kept' } },
    });
  });
  test.each([{ name: '' }, { name: '-x' }, { name: 'a b' }, { name: 'a\nb' }, { name: '99', all: true }])('%j is refused', async (body) => {
    expect(await api.call('POST', '/reaps/keep', { body })).toMatchObject({ status: 422 });
    expect(await api.stores.reaps.keeps()).toEqual([]);
  });
});
