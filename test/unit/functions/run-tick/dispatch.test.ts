import { AttemptManifest } from '../../../../layers/core/wire';
import { claim, event, FREE, outcome } from '../../../contract/stores/samples';
import { installation, keyOf, run } from './installation';

const RUNNING = { phase: 'running', cycle: 1, listingCycle: 1, plannedBatches: 1 } as const;

test('a planned batch claims its runs, gets a worker and a manifest, and starts', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', RUNNING);
  const batchId = await trawl.addBatch('study:PRJEB1', 1, [run(1), run(2, 50)]);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1, linked: 0, waiting: {} } });
  const workerId = `${batchId}.a1`;
  expect(trawl.machines.started).toEqual([{ machine: 'process-batch', name: workerId, input: { batchId, attempt: 1, workerId } }]);
  expect(await trawl.stores.batches.get(batchId)).toMatchObject({ status: 'dispatched', attempt: 1 });
  expect(await trawl.stores.workers.get(workerId)).toMatchObject({
    ...{ status: 'requested', provider: 'slurm', pool: 'scheduled', slots: 1, reservedBytes: 150 },
    startDeadline: '2026-11-21T08:40:00.000Z',
  });
  const manifest = await trawl.objects.getJson(`attempts/${workerId}/manifest.json`, AttemptManifest);
  expect(manifest).toMatchObject({ runs: [{ accession: 'ERR0000001' }, { accession: 'ERR0000002' }], linked: [], earlierWorkers: [] });
  expect((await trawl.stores.claims.get([keyOf(run(1))])).get(keyOf(run(1)))?.holder).toBe(batchId);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 0 } });
});

test('a run that another batch fetches is linked, and its source waits on that claim', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', { ...RUNNING, priority: 5 });
  await trawl.addSource('taxon:9031', RUNNING);
  const first = await trawl.addBatch('study:PRJEB1', 1, [run(1), run(2)]);
  const second = await trawl.addBatch('taxon:9031', 1, [run(2), run(3)]);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 2 } });
  const shared = (await trawl.stores.claims.get([keyOf(run(2))])).get(keyOf(run(2)));
  expect(shared).toMatchObject({ holder: first, waiters: ['taxon:9031'] });
  expect(await trawl.stores.batches.get(second)).toMatchObject({ linkedRuns: [`${run(2).accession}#${run(2).filesHash}`] });
  const manifest = await trawl.objects.getJson(`attempts/${second}.a1/manifest.json`, AttemptManifest);
  expect(manifest?.runs.map(({ accession }) => accession)).toEqual(['ERR0000003']);
});

test('a batch with nothing left to fetch is complete without a worker', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', RUNNING);
  await trawl.stores.outcomes.put([outcome(keyOf(run(1)), 'complete', { batchId: 'study-PRJEB9.1.1' })]);
  const holder = await trawl.addBatch('study:PRJEB9', 2, [run(2)], { status: 'sweeping', attempt: 1 });
  await trawl.machines.start('process-batch', `${holder}.a1`, {});
  await trawl.stores.claims.claim([claim(keyOf(run(2)), holder)]);
  const batchId = await trawl.addBatch('study:PRJEB1', 1, [run(1), run(2)]);
  await trawl.noIncluded('study:PRJEB1');
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 0, linked: 1 } });
  expect(await trawl.stores.batches.get(batchId)).toMatchObject({
    status: 'complete',
    linkedRuns: expect.arrayContaining([expect.any(String)]) as unknown,
  });
  expect(await trawl.stores.workers.alive()).toEqual([]);
  expect(trawl.started('process-batch')).toEqual([`${holder}.a1`]);
});

test('a run that another batch brings home between the look and the claim is not fetched again', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', RUNNING);
  const holder = await trawl.addBatch('study:PRJEB9', 2, [run(1)], { status: 'sweeping', attempt: 1 });
  await trawl.machines.start('process-batch', `${holder}.a1`, {});
  await trawl.stores.claims.claim([claim(keyOf(run(1)), holder)]);
  const batchId = await trawl.addBatch('study:PRJEB1', 1, [run(1), run(2)]);
  const take = trawl.stores.claims.claim;
  jest.spyOn(trawl.stores.claims, 'claim').mockImplementation(async (claims) => {
    await trawl.stores.outcomes.put([outcome(keyOf(run(1)), 'complete', { batchId: holder })]);
    return take(claims);
  });
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1 } });
  const manifest = await trawl.objects.getJson(`attempts/${batchId}.a1/manifest.json`, AttemptManifest);
  expect(manifest?.runs.map(({ accession }) => accession)).toEqual(['ERR0000002']);
  expect((await trawl.stores.claims.get([keyOf(run(1))])).size).toBe(0);
});

test('a child batch is not tried, and takes no claims, before its parents are over', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', { ...RUNNING, plannedBatches: 2 });
  const parent = await trawl.addBatch('study:PRJEB1', 1, [run(1)]);
  const child = await trawl.addBatch('study:PRJEB1', 2, [run(2)], { parents: [parent] });
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1, waiting: { parents: 1 } } });
  expect((await trawl.stores.claims.get([keyOf(run(2))])).size).toBe(0);
  await trawl.stores.batches.change(parent, { from: 'dispatched', where: {}, set: { status: 'complete' }, event: event(parent, 'done') });
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1, waiting: {} } });
  expect(await trawl.stores.batches.get(child)).toMatchObject({ status: 'dispatched' });
});

test('a retry fetches what is not verified yet and may reuse what earlier attempts staged', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', RUNNING);
  const batchId = await trawl.addBatch('study:PRJEB1', 1, [run(1), run(2)], { attempt: 2 });
  await trawl.stores.outcomes.put([outcome(keyOf(run(1)), 'complete', { batchId })]);
  await trawl.stores.claims.claim([claim(keyOf(run(2)), batchId)]);
  await trawl.tick();
  const manifest = await trawl.objects.getJson(`attempts/${batchId}.a3/manifest.json`, AttemptManifest);
  expect(manifest?.runs.map(({ accession }) => accession)).toEqual(['ERR0000002']);
  expect(manifest).toMatchObject({
    linked: [`${run(1).accession}#${run(1).filesHash}`],
    earlierWorkers: [`${batchId}.a1`, `${batchId}.a2`],
  });
  expect((await trawl.stores.batches.get(batchId))?.linkedRuns).toEqual([]);
});

test('more than a hundred runs are claimed in several calls', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', RUNNING);
  const runs = Array.from({ length: 250 }, (_, at) => run(at + 1));
  const batchId = await trawl.addBatch('study:PRJEB1', 1, runs);
  const claim = jest.spyOn(trawl.stores.claims, 'claim');
  await trawl.tick();
  expect(claim.mock.calls.map(([some]) => some.length)).toEqual([100, 100, 50]);
  const claims = await trawl.stores.claims.get(runs.map(keyOf));
  expect([...claims.values()].filter(({ holder }) => holder === batchId)).toHaveLength(250);
});

test.each([
  { cap: 'total', caps: { total: 1 } },
  { cap: 'pool/scheduled', caps: { pools: { scheduled: 1, manual: 5 } } },
  { cap: 'provider/slurm', caps: { providers: { slurm: 1 } } },
])('the cap $cap holds the second batch back, by name, until the slot is free', async ({ cap, caps }) => {
  const trawl = installation(caps);
  await trawl.addSource('study:PRJEB1', { ...RUNNING, plannedBatches: 2 });
  const [first, second] = [await trawl.addBatch('study:PRJEB1', 1, [run(1)]), await trawl.addBatch('study:PRJEB1', 2, [run(2)])];
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1, waiting: { [`cap:${cap}`]: 1 } } });
  expect((await trawl.stores.claims.get([keyOf(run(2))])).size).toBe(0);
  const worker = (await trawl.stores.workers.get(`${first}.a1`))!;
  const gone = { entityId: first, sourceId: 'study:PRJEB1', at: worker.requestedAt, type: 'gone', actor: 'test' };
  await trawl.stores.workers.free(worker, 'requested', gone, FREE);
  await trawl.tick();
  expect(await trawl.stores.batches.get(second)).toMatchObject({ status: 'dispatched' });
});

test('a full manual pool never holds the scheduled one', async () => {
  const trawl = installation({ pools: { scheduled: 1, manual: 1 } });
  await trawl.addSource('study:PRJEB1', { ...RUNNING, plannedBatches: 3 });
  await trawl.addBatch('study:PRJEB1', 1, [run(1)], { pool: 'manual' });
  await trawl.addBatch('study:PRJEB1', 2, [run(2)], { pool: 'manual' });
  await trawl.addBatch('study:PRJEB1', 3, [run(3)]);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 2, waiting: { 'cap:pool/manual': 1 } } });
});

test('a run that is claimed by a batch that is over is claimed from it', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', RUNNING);
  const over = await trawl.addBatch('study:PRJEB9', 1, [run(1)], { status: 'cancelled' });
  await trawl.stores.claims.claim([claim(keyOf(run(1)), over), claim(keyOf(run(2)), 'study-PRJEB8.1.1')]);
  const batchId = await trawl.addBatch('study:PRJEB1', 1, [run(1), run(2)]);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1 } });
  const claims = await trawl.stores.claims.get([keyOf(run(1)), keyOf(run(2))]);
  expect([...claims.values()].map(({ holder }) => holder)).toEqual([batchId, batchId]);
});

test('a claim taken before the run was verified elsewhere is let go when the batch ends without it', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', RUNNING);
  await trawl.noIncluded('study:PRJEB1');
  const batchId = await trawl.addBatch('study:PRJEB1', 1, [run(1)]);
  await trawl.stores.claims.claim([claim(keyOf(run(1)), batchId)]);
  await trawl.stores.outcomes.put([outcome(keyOf(run(1)), 'complete', { batchId: 'study-PRJEB9.1.1' })]);
  expect(await trawl.tick()).toMatchObject({ dispatch: { linked: 1 } });
  expect(await trawl.stores.claims.get([keyOf(run(1))])).toEqual(new Map());
});

test('the time for the work is not cut by the time in the queue', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', RUNNING);
  const batchId = await trawl.addBatch('study:PRJEB1', 1, [run(1)]);
  await trawl.tick();
  // Four waits of ten minutes for the start, ten minutes of work, a quarter of an hour of margin.
  expect(await trawl.stores.workers.get(`${batchId}.a1`)).toMatchObject({ deadline: '2026-11-21T09:35:00.000Z' });
});

test.each([
  { name: 'is gone', put: undefined },
  { name: 'is no plan', put: { v: 1 } },
])('a plan that $name brings a person and holds nobody else', async ({ put }) => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', { ...RUNNING, priority: 6 });
  await trawl.addSource('study:PRJEB2', RUNNING);
  const broken = await trawl.addBatch('study:PRJEB1', 1, [run(1)]);
  await trawl.stores.batches.change(broken, {
    ...{ from: 'planned', set: { planKey: 'plans/none.json' } },
    event: { entityId: broken, sourceId: 'study:PRJEB1', at: '2026-11-21T08:00:00.000Z', type: 'test', actor: 'test' },
  });
  if (put) await trawl.objects.putJson('plans/none.json', put);
  await trawl.addBatch('study:PRJEB2', 1, [run(2)]);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1, waiting: { 'plan-missing': 1 } } });
  expect((await trawl.stores.sources.get('study:PRJEB1'))?.needsAttention).toMatchObject({ reason: 'plan-missing' });
});

test('a source that fails is reported, and holds nobody else', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', { ...RUNNING, plannedBatches: 0 });
  await trawl.addSource('study:PRJEB2', RUNNING);
  const batchId = await trawl.addBatch('study:PRJEB2', 1, [run(2)]);
  // The list of its runs is missing, so the first source cannot be evaluated.
  await expect(trawl.tick()).rejects.toMatchObject({ name: 'TickIncompleteError', failures: [{ id: 'study:PRJEB1' }] });
  expect(await trawl.stores.batches.get(batchId)).toMatchObject({ status: 'dispatched' });
  await trawl.noIncluded('study:PRJEB1');
  expect(await trawl.tick()).toMatchObject({ outcome: 'idle' });
});
