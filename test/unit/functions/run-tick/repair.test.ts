import { waitId } from '../../../../layers/core/ids';
import { changeSource } from '../../../../layers/core/use-cases/change-status';
import { evaluateSource } from '../../../../layers/core/use-cases/evaluate-source';
import { claim, job } from '../../../contract/stores/samples';
import { installation, keyOf, run } from './installation';

const RUNNING = { phase: 'running', cycle: 1, listingCycle: 1, plannedBatches: 1 } as const;

/** A batch that was dispatched, with its run job in the table. */
const dispatched = async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', RUNNING);
  const batchId = await trawl.addBatch('study:PRJEB1', 1, [run(1)]);
  await trawl.tick();
  const workerId = `${batchId}.a1`;
  await trawl.stores.jobs.add(job(workerId, 'study:PRJEB1', { batchId, requestedAt: '2026-11-21T08:30:00.000Z' }));
  return { ...trawl, batchId, workerId, jobId: `${workerId}.fetch` };
};
const history = (id: string) => ({ entityId: id, sourceId: 'study:PRJEB1', at: '2026-11-21T08:30:00.000Z', type: 'test', actor: 'test' });

test('a start of process-batch that was lost is repeated under the same name', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', RUNNING);
  const batchId = await trawl.addBatch('study:PRJEB1', 1, [run(1)], { status: 'dispatched', attempt: 2 });
  expect(await trawl.tick()).toMatchObject({ repairedStarts: 1 });
  expect(trawl.started('process-batch')).toEqual([`${batchId}.a2`]);
  expect(await trawl.tick()).toMatchObject({ repairedStarts: 0 });
});

test('a job that started while the fact was lost answers who waits', async () => {
  const trawl = await dispatched();
  await trawl.stores.jobs.change(trawl.jobId, { from: 'requested', set: { status: 'started' }, event: history(trawl.jobId) });
  await trawl.stores.waits.arrive(waitId.started(trawl.jobId), 'token');
  expect(await trawl.tick()).toMatchObject({ answeredAgain: 1 });
  expect(trawl.machines.answered).toEqual([{ token: 'token', output: { outcome: 'started' } }]);
  expect(await trawl.stores.batches.get(trawl.batchId)).toMatchObject({ status: 'running' });
  expect(await trawl.tick()).toMatchObject({ answeredAgain: 0 });
});

test('an end whose answer was lost is answered again, with the end that was recorded', async () => {
  const trawl = await dispatched();
  await trawl.stores.jobs.change(trawl.jobId, {
    from: 'requested',
    set: { status: 'lost', cause: 'job-absent' },
    event: history(trawl.jobId),
  });
  await trawl.stores.waits.arrive(waitId.ended(trawl.jobId), 'token');
  await trawl.stores.waits.settle(waitId.ended(trawl.jobId), { outcome: 'ended', result: 'lost', cause: 'job-absent' });
  await trawl.tick();
  expect(trawl.machines.answered).toEqual([{ token: 'token', output: { outcome: 'ended', result: 'lost', cause: 'job-absent' } }]);
});

test('a cancelled batch that was not dispatched ends at once and lets go of its claims', async () => {
  const trawl = installation({ total: 1 });
  await trawl.addSource('study:PRJEB1', RUNNING);
  const batchId = await trawl.addBatch('study:PRJEB1', 1, [run(1)], { cancelRequested: true });
  await trawl.stores.claims.claim([claim(keyOf(run(1)), batchId)]);
  await trawl.noIncluded('study:PRJEB1');
  expect(await trawl.tick()).toMatchObject({ cancelled: 1 });
  expect(await trawl.stores.batches.get(batchId)).toMatchObject({ status: 'cancelled' });
  expect((await trawl.stores.claims.get([keyOf(run(1))])).size).toBe(0);
});

test('a cancelled batch that runs has its job told to stop, once, and is probed', async () => {
  const trawl = await dispatched();
  await trawl.stores.batches.change(trawl.batchId, { from: 'dispatched', set: { cancelRequested: true }, event: history(trawl.batchId) });
  expect(await trawl.tick()).toMatchObject({ cancelled: 1, outcome: 'probe' });
  expect(await trawl.stores.jobs.get(trawl.jobId)).toMatchObject({ stopRequested: true, cause: 'cancel-requested' });
  expect(await trawl.tick()).toMatchObject({ cancelled: 0 });
});

test('a job that was heard of just now is no reason to ask the cluster, a silent one is', async () => {
  const trawl = await dispatched();
  expect(await trawl.tick()).toMatchObject({ outcome: 'idle' });
  trawl.pass(31);
  expect(await trawl.tick()).toMatchObject({ outcome: 'probe' });
});

test('a cycle that died after its plan was stored is freed, and what it planned goes on', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', { ...RUNNING, plannedBatches: 0, cycleRunning: true, cycleStartedAt: '2026-11-21T08:00:00.000Z' });
  await trawl.noIncluded('study:PRJEB1');
  await trawl.machines.start('check-source', 'study-PRJEB1.1', {});
  trawl.machines.end('check-source', 'study-PRJEB1.1', 'FAILED');
  expect(await trawl.tick()).toMatchObject({ sources: { repaired: 1 } });
  expect(await trawl.stores.sources.get('study:PRJEB1')).toMatchObject({
    ...{ cycleRunning: false, phase: 'publishing', lastRunStatus: 'warning', nextCheckAt: '2026-11-21T08:45:00.000Z' },
    generatedWarning: [{ code: 'cycle-failed', detail: 'the execution of cycle 1 ended FAILED' }],
  });
});

const publishing = async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', { ...RUNNING, phase: 'publishing', plannedBatches: 0, indexAsked: 1 });
  await trawl.noIncluded('study:PRJEB1');
  await trawl.machines.start('publish-source', 'study-PRJEB1.1.index-1', {});
  return trawl;
};

test.each(['FAILED', 'SUCCEEDED'] as const)(
  'a publication whose execution ended %s unheard is tried again, a bounded number of times',
  async (status) => {
    const trawl = await publishing();
    for (const index of [1, 2, 3, 4, 5]) {
      trawl.machines.end('publish-source', `study-PRJEB1.1.index-${index}`, status);
      await trawl.tick();
    }
    expect(trawl.started('publish-source')).toEqual([1, 2, 3, 4, 5].map((index) => `study-PRJEB1.1.index-${index}`));
    expect((await trawl.stores.sources.get('study:PRJEB1'))?.needsAttention).toMatchObject({ reason: 'publish-failing' });
  },
);

test('an index job whose end was recorded and not told answers its publication', async () => {
  const trawl = await publishing();
  const jobId = 'study-PRJEB1.1.index-1';
  await trawl.stores.jobs.add({ ...job('study-PRJEB1.1.1.a1', 'study:PRJEB1'), jobId, kind: 'index', status: 'lost', cause: 'job-absent' });
  await trawl.stores.waits.arrive(waitId.ended(jobId), 'token');
  expect(await trawl.tick()).toMatchObject({ sources: { repaired: 1 } });
  expect(trawl.machines.answered).toEqual([{ token: 'token', output: { outcome: 'ended', result: 'lost', cause: 'job-absent' } }]);
  expect(await trawl.tick()).toMatchObject({ sources: { repaired: 0 } });
});

test.each([
  { name: 'is over', holder: { status: 'cancelled' as const }, next: 'publishing' },
  { name: 'is gone', holder: undefined, next: 'publishing' },
  { name: 'waits for a slot', holder: { status: 'planned' as const }, next: 'running' },
])('a source that links to a claim whose batch $name is then $next', async ({ holder, next }) => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', { ...RUNNING, plannedBatches: 1 });
  await trawl.addSource('study:PRJEB2', { paused: true });
  await trawl.noIncluded('study:PRJEB1');
  if (holder) await trawl.addBatch('study:PRJEB2', 1, [run(1)], holder);
  const { accession, filesHash } = run(1);
  await trawl.addBatch('study:PRJEB1', 1, [run(1)], { status: 'complete', linkedRuns: [`${accession}#${filesHash}`] });
  await trawl.stores.claims.claim([claim(keyOf(run(1)), 'study-PRJEB2.1.1')]);
  await trawl.tick();
  expect(await trawl.stores.sources.get('study:PRJEB1')).toMatchObject({ phase: next });
});

test('two that evaluate a source at once ask for one index job', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', { ...RUNNING, plannedBatches: 0 });
  await trawl.noIncluded('study:PRJEB1');
  const deps = { ...trawl, now: () => new Date('2026-11-21T08:30:00.000Z') };
  const { readLines } = trawl.objects;
  let meanwhile = true;
  // A whole publication comes and fails between the first one's reading and its writing.
  const objects = {
    ...trawl.objects,
    readLines: async function* (key: string) {
      if (meanwhile) {
        meanwhile = false;
        await evaluateSource(deps, 'study:PRJEB1');
        await changeSource(deps, 'study:PRJEB1', 'publish-failed', { actor: 'test' });
      }
      yield* readLines(key);
    },
  };
  await evaluateSource({ ...deps, objects }, 'study:PRJEB1');
  expect(trawl.started('publish-source')).toEqual(['study-PRJEB1.1.index-1']);
  expect(await trawl.stores.sources.get('study:PRJEB1')).toMatchObject({ phase: 'running', indexAsked: 1 });
});

test('a batch whose plan cannot be read is cancelled all the same', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', RUNNING);
  await trawl.noIncluded('study:PRJEB1');
  const batchId = await trawl.addBatch('study:PRJEB1', 1, [run(1)], { cancelRequested: true });
  await trawl.objects.putJson(`plans/${batchId}.json`, { v: 1 });
  expect(await trawl.tick()).toMatchObject({ cancelled: 1 });
  expect(await trawl.stores.sources.get('study:PRJEB1')).toMatchObject({ phase: 'publishing' });
});
