import { waitId } from '../../../../layers/core/ids';
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
