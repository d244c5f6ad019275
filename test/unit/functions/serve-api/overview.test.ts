import { batch, event, job, source, worker } from '../../../contract/stores/samples';
import { captureLog } from '../../runtime/log';
import { memoryApi, NOW, type MemoryApi } from './api';
import type { Overview } from '../../../../layers/core/api/overview';
import type { Batch, Job, Worker } from '../../../../layers/core/entities';

captureLog();
const ID = 'study:PRJEB28810';
let api: MemoryApi;
beforeEach(async () => {
  api = await memoryApi();
});
const follow = (with_: Parameters<typeof source>[1] = {}, id = ID) => api.stores.sources.add(source(id, with_), event(id, 'source-added'));
const look = async (): Promise<Overview> => {
  const { status, body } = await api.call('GET', '/overview', { role: 'viewer' });
  expect(status).toBe(200);
  return body as Overview;
};
/** A batch with its worker at work, and what its job told. */
async function atWork(index: number, with_: { batch?: Partial<Batch>; worker?: Partial<Worker>; job?: Partial<Job> } = {}) {
  const planned = batch(ID, index);
  await api.stores.batches.addPlanned([planned]);
  const set = { status: 'running' as const, attempt: 1, ...with_.batch };
  const item = worker(planned.batchId, ID, { status: 'live', ...with_.worker });
  const admitted = await api.stores.workers.admit({
    worker: item,
    batch: { batchId: planned.batchId, from: 'planned', set, event: event(ID, 'admit') },
    caps: [],
  });
  expect(admitted.outcome).toBe('admitted');
  await api.stores.jobs.add(job(item.workerId, ID, { status: 'started', ...with_.job }));
  return { batchId: planned.batchId, workerId: item.workerId };
}

test('an installation that follows nothing is shown as such', async () => {
  expect(await look()).toEqual({
    installation: 'lab',
    at: NOW.toISOString(),
    sources: [],
    openBatches: { running: 0, sweeping: 0, dispatched: 0, planned: 0 },
    uncounted: [],
    batches: [],
    workers: [],
    holds: [],
    money: {
      ...{ reservedDollars: 0, dollarsSoFar: 0, day: '2026-11-21', month: '2026-11', dayDollars: 0, monthDollars: 0 },
      budget: { dollarsPerDay: 20, dollarsPerMonth: 200, timeZone: 'Europe/London' },
    },
  });
});

test('a source is shown with its words, warnings, attention and next check', async () => {
  const needsAttention = { reason: 'provider-refuses', detail: 'no such partition', step: 'provision-worker', at: NOW.toISOString() };
  const generatedWarning = [{ code: 'withdrawn', detail: '2 runs are gone from ENA' }];
  await follow({
    name: 'Lake Malawi',
    lastRunStatus: 'error',
    needsAttention,
    generatedWarning,
    limits: { runs: 1, bytes: 1, dollars: 0 },
  });
  expect((await look()).sources).toEqual([
    {
      sourceId: ID,
      name: 'Lake Malawi',
      lastRunStatus: 'error',
      phase: 'idle',
      paused: false,
      counts: { known: 0, excluded: 0, withdrawn: 0, complete: 0, failed: 0 },
      generatedWarning,
      needsAttention,
      nextCheckAt: '2026-11-21T08:00:00.000Z',
    },
  ]);
});

test('what waits for approval says why; what is approved does not', async () => {
  await follow({ approval: 'waiting', approvalReason: 'too many runs' }, 'taxon:1');
  await follow({ approval: 'approved', approvalReason: 'too many runs' }, 'taxon:2');
  expect((await look()).sources.map(({ approvalReason }) => approvalReason)).toEqual(['too many runs', undefined]);
});

test('counts are those of now: what the open batches have settled is in them', async () => {
  await follow({ phase: 'running', cycle: 1, listingCycle: 1, counts: { known: 9, excluded: 1, withdrawn: 0, complete: 4, failed: 0 } });
  await atWork(1, { batch: { status: 'complete', completeRuns: 2, failedRuns: 1 } });
  expect((await look()).sources[0]?.counts).toMatchObject({ known: 9, complete: 6, failed: 1 });
});

test('open batches come with the progress of their newest job, those in motion first; settled ones are left out', async () => {
  await follow();
  await api.stores.batches.addPlanned([batch(ID, 9)]);
  const told = { runsTotal: 3, runsDone: 1, runsFailed: 1, bytes: 42, submitted: 7 };
  const first = await atWork(1, { job: { progress: told } });
  const second = await atWork(2);
  await atWork(3, { batch: { status: 'complete' } });
  const shown = await look();
  expect(shown.openBatches).toEqual({ running: 2, sweeping: 0, dispatched: 0, planned: 1 });
  expect(shown.batches.map(({ batchId, status, progress }) => ({ batchId, status, progress }))).toEqual([
    { batchId: first.batchId, status: 'running', progress: { runsTotal: 3, runsDone: 1, runsFailed: 1, bytes: 42 } },
    { batchId: second.batchId, status: 'running', progress: undefined },
    { batchId: batch(ID, 9).batchId, status: 'planned', progress: undefined },
  ]);
});

test.each([
  [1_000, []],
  [1_001, ['planned']],
] as const)('of a large plan it is told that there is more than was counted (%s batches)', async (planned, uncounted) => {
  await api.stores.batches.addPlanned(Array.from({ length: planned }, (_, index) => batch(ID, index)));
  const shown = await look();
  expect(shown.openBatches).toEqual({ running: 0, sweeping: 0, dispatched: 0, planned: 1_000 });
  expect(shown.uncounted).toEqual(uncounted);
  expect(shown.batches).toHaveLength(200);
  const { body } = await api.call('GET', '/status', { role: 'viewer' });
  expect(body).toMatchObject({ batches: { planned: 1_000 }, uncounted });
});

test('a planned batch says how long it takes and what it waits for, and home how much space it has', async () => {
  await follow({ listingCycle: 1 });
  await api.stores.batches.addPlanned([batch(ID, 1, { bytes: 500, estimate: { seconds: 720, learnedFrom: 4 } })]);
  expect((await look()).batches[0]?.waits).toMatchObject({ code: 'cap:home-unknown' });
  const measuredAt = NOW.toISOString();
  await api.stores.home.put({ freeBytes: 400, totalBytes: 900, path: '/data', measuredAt });
  const shown = await look();
  expect(shown.home).toEqual({ freeBytes: 400, totalBytes: 900, measuredAt, keptFreeBytes: 100, promisedBytes: 0 });
  expect(shown.batches[0]).toMatchObject({ estimate: { seconds: 720, learnedFrom: 4 }, waits: { code: 'cap:home' } });
});

test('a worker is shown with its age and, where it has a price, what it costs', async () => {
  await follow();
  await atWork(1);
  await atWork(2, { worker: { provider: 'droplet', dollarsPerHour: 0.5 } });
  const [free, paid] = (await look()).workers;
  expect(free).toMatchObject({ provider: 'slurm', status: 'live', ageSeconds: 7_200, deadline: '2026-11-21T09:00:00.000Z', sourceId: ID });
  expect(free).not.toHaveProperty('dollarsSoFar');
  expect(paid).toMatchObject({ provider: 'droplet', dollarsPerHour: 0.5, dollarsSoFar: 1 });
});

describe('a worker that is held', () => {
  const at = '2026-11-21T09:30:00.000Z';
  test('says why and since when, from its own record', async () => {
    await follow();
    const held = { status: 'held', heldCause: 'host-key-changed', heldAt: at } as const;
    const { workerId } = await atWork(1, { worker: { ...held, provider: 'droplet', dollarsPerHour: 0.5 } });
    expect((await look()).holds).toEqual([
      { workerId, sourceId: ID, provider: 'droplet', reason: 'host-key-changed', since: at, dollarsPerHour: 0.5, dollarsSoFar: 1 },
    ]);
  });
  test('takes it from the attention of its source when its record does not say', async () => {
    await follow({ needsAttention: { reason: 'results-held', detail: 'home-full', step: 'settle-sweep', at } });
    await atWork(1, { worker: { status: 'held' } });
    expect((await look()).holds).toMatchObject([{ reason: 'home-full', since: at }]);
  });
  test('is shown although its source is gone', async () => {
    await atWork(1, { worker: { status: 'held' } });
    expect((await look()).holds).toMatchObject([{ sourceId: ID }]);
  });
});
