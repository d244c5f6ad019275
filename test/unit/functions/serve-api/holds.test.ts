import type { Job, Worker } from '../../../../layers/core/entities';
import { documentKeyOf } from '../../../../layers/core/use-cases/keys';
import { batch, event, job, source, worker } from '../../../contract/stores/samples';
import { containing } from '../../matchers';
import { captureLog } from '../../runtime/log';
import { memoryApi, NOW, type MemoryApi } from './api';

captureLog();
const ID = 'study:PRJEB28810';
const BATCH = 'study-PRJEB28810.1.1';
const WORKER = `${BATCH}.a1`;
const SINCE = '2026-11-21T08:30:00.000Z';
let api: MemoryApi;
beforeEach(async () => {
  api = await memoryApi();
});

/** A worker as its fifth failed sweep leaves it, with its batch settled without it. */
async function hold(with_: Partial<Worker> = {}, ofJob: Partial<Job> = {}, stage = 'fetch'): Promise<void> {
  await api.stores.sources.add(source(ID, { phase: 'running' }), event(ID, 'source-added'));
  await api.stores.batches.addPlanned([batch(ID, 1, { stage })]);
  const held: Partial<Worker> = { status: 'held', sweep: 5, sweepFailures: 5, heldAt: SINCE, heldCause: 'home-full' };
  await api.stores.workers.admit({
    worker: worker(BATCH, ID, { ...held, ...with_ }),
    batch: { batchId: BATCH, from: 'planned', set: { status: 'partial', attempt: 1 }, event: event(ID, 'admit') },
    caps: [{ scope: 'total', maxWorkers: 9 }],
  });
  const away = with_.provider === 'droplet' ? { documentKey: documentKeyOf(WORKER) } : {};
  await api.stores.jobs.add(job(WORKER, ID, { status: 'finished', ...away, ...ofJob }));
}
const post = (action: string, body?: unknown, role: 'operator' | 'viewer' = 'operator') =>
  api.call('POST', `/holds/${WORKER}/${action}`, { role, body });
const statusOf = async () => (await api.stores.workers.get(WORKER))?.status;
const history = async () => (await api.stores.events.ofSource(ID)).items;

describe('looking', () => {
  test('a viewer sees why and since when each is held, until when it is kept, and what it costs', async () => {
    await hold({ provider: 'droplet', dollarsPerHour: 0.05, requestedAt: '2026-11-21T07:10:00.000Z' }, { rescueRequestedAt: SINCE });
    expect(await api.call('GET', '/holds', { role: 'viewer' })).toEqual({
      status: 200,
      body: {
        items: [
          {
            ...{ workerId: WORKER, batchId: BATCH, sourceId: ID, provider: 'droplet', stage: 'fetch', reproducible: true },
            ...{ reason: 'home-full', since: SINCE, heldUntil: '2026-11-24T08:30:00.000Z', sweepFailures: 5 },
            ...{ dollarsPerHour: 0.05, dollarsSoFar: 0.15, rescueRequestedAt: SINCE },
          },
        ],
      },
    });
  });
  test('why a rescue was not believed and since when its hold is over are shown too', async () => {
    await hold({ provider: 'droplet', rescueFault: 'fetch/ERR1/x is not in the bucket', overdueAt: SINCE });
    const { body } = await api.call('GET', '/holds');
    expect(body).toMatchObject({ items: [{ rescueFault: 'fetch/ERR1/x is not in the bucket', overdueAt: SINCE }] });
  });
  test('a worker whose results lie at home has neither price nor end, and one that is not held is not listed', async () => {
    await hold();
    const { body } = await api.call('GET', '/holds');
    expect(body).toMatchObject({ items: [{ workerId: WORKER }] });
    expect(JSON.stringify(body)).not.toContain('dollars');
    expect(JSON.stringify(body)).not.toContain('heldUntil');
    await post('retry');
    expect((await api.call('GET', '/holds')).body).toEqual({ items: [] });
  });
});

describe('who may do what', () => {
  test.each(['retry', 'rescue', 'give-up'])('%s is refused to a viewer and changes nothing', async (action) => {
    await hold({ provider: 'droplet' });
    expect((await post(action, { confirm: true }, 'viewer')).status).toBe(403);
    expect(await statusOf()).toBe('held');
    expect((await api.stores.jobs.get(`${WORKER}.fetch`))?.rescueRequestedAt).toBeUndefined();
  });
  test.each(['retry', 'rescue', 'give-up'])('%s of a worker that is not there is told, and so is an id that is none', async (action) => {
    expect(await post(action, { confirm: true })).toMatchObject({ status: 404, body: { error: { code: 'worker-unknown' } } });
    expect((await api.call('POST', `/holds/${BATCH}/${action}`, { body: { confirm: true } })).status).toBe(422);
  });
  test.each(['retry', 'rescue', 'give-up'])('%s of a worker that is not held is refused with its status', async (action) => {
    await hold({ status: 'live', provider: 'droplet' });
    const answer = await post(action, { confirm: true });
    expect(answer).toMatchObject({ status: 409, body: { error: { message: containing('it is not held but live') } } });
  });
});

describe('retry', () => {
  test('starts a sweep at once, with a clean slate', async () => {
    await hold();
    expect(await post('retry')).toMatchObject({ status: 200, body: { worker: { workerId: WORKER, status: 'ready' } } });
    const after = await api.stores.workers.get(WORKER);
    expect(after).toMatchObject({ status: 'ready', sweepFailures: 0, nextSweepAt: NOW.toISOString() });
    expect(after).not.toHaveProperty('heldAt');
    expect(after).not.toHaveProperty('heldCause');
    expect(api.machines.started).toEqual([{ machine: 'sweep-results', name: `${WORKER}.sweep-6`, input: { workerId: WORKER } }]);
  });
  test('stands where the sweep cannot be started: the schedule finds the worker', async () => {
    await hold();
    jest.spyOn(api.machines, 'start').mockRejectedValue(new Error('throttled'));
    expect((await post('retry')).status).toBe(200);
    expect(await statusOf()).toBe('ready');
    expect(api.warnings).toEqual([containing('throttled')]);
  });
});

describe('give-up', () => {
  test.each([
    ['nothing', undefined],
    ['no', { confirm: false }],
    ['more than was asked', { confirm: true, all: true }],
  ])('with a body that says %s changes nothing', async (_, body) => {
    await hold();
    expect((await post('give-up', body)).status).toBe(422);
    expect(await statusOf()).toBe('held');
  });
  test('ends the worker, and the history says who did and what was let go', async () => {
    await hold();
    expect(await post('give-up', { confirm: true })).toMatchObject({ status: 200, body: { worker: { status: 'destroying' } } });
    const given = (await history()).find(({ type }) => type === 'worker-give-up');
    expect(given).toMatchObject({
      entityId: WORKER,
      from: 'held',
      to: 'destroying',
      actor: 'a operator',
      detail: containing('home-full'),
    });
    expect(api.machines.started).toMatchObject([{ machine: 'heartbeat' }]);
    expect((await post('give-up', { confirm: true })).status).toBe(409);
  });
  test('is refused where the results cannot be made again', async () => {
    await hold({}, {}, 'assemble');
    const answer = await post('give-up', { confirm: true });
    expect(answer).toMatchObject({ status: 409, body: { error: { message: containing('stage assemble cannot be fetched again') } } });
    expect(await statusOf()).toBe('held');
  });
});

describe('rescue', () => {
  test('is noted on the job that ended, once, and the history says who asked', async () => {
    await hold({ provider: 'droplet' });
    expect((await post('rescue')).status).toBe(200);
    expect((await post('rescue')).status).toBe(200);
    expect(await api.stores.jobs.get(`${WORKER}.fetch`)).toMatchObject({ status: 'finished', rescueRequestedAt: NOW.toISOString() });
    expect(await statusOf()).toBe('held');
    expect((await history()).filter(({ type }) => type === 'job-rescue-asked')).toMatchObject([{ actor: 'a operator' }]);
  });
  test('is refused where the results lie on the cluster', async () => {
    await hold({ provider: 'slurm' });
    const answer = await post('rescue');
    expect(answer).toMatchObject({ status: 409, body: { error: { message: containing('its results lie on the cluster already') } } });
    expect((await api.stores.jobs.get(`${WORKER}.fetch`))?.rescueRequestedAt).toBeUndefined();
  });
});
