import { settleExecution } from '../../../../layers/core/use-cases/settle-execution';
import { keyOf, lifeWorld, runOf, type World } from './world';

const SOURCE = 'study:PRJEB1';
const BATCH = 'study-PRJEB1.1.1';
const RUN = `${BATCH}.a1.fetch`;

async function planned(): Promise<World> {
  const world = lifeWorld();
  await world.plan(SOURCE, [[runOf(1), runOf(2)]]);
  await world.dispatch();
  return world;
}
const batch = async (world: World) => world.stores.batches.get(BATCH);
const outcome = async (world: World, number: number) => (await world.stores.outcomes.get([keyOf(runOf(number))])).get(keyOf(runOf(number)));

test('an execution that is aborted settles its batch as cancelled, and keeps what was verified', async () => {
  const world = await planned();
  await world.cluster.start(RUN);
  await world.machines.stop('process-batch', `${BATCH}.a1`, 'console');
  await world.machines.settled();
  const ended = { machine: 'process-batch', name: `${BATCH}.a1`, status: 'ABORTED' } as const;
  expect(await settleExecution(world.deps, ended)).toEqual({ outcome: 'restarted' });
  expect(await settleExecution(world.deps, ended)).toEqual({ outcome: 'restarted' });
  await world.machines.settled();
  await world.cluster.finishVerify(`${BATCH}.a1.verify-1`, { ERR000002: 'missing' });
  expect(await batch(world)).toMatchObject({ status: 'cancelled', completeRuns: 1 });
  expect(await world.stores.claims.get([keyOf(runOf(2))])).toEqual(new Map());
  expect(await outcome(world, 2)).toBeUndefined();
  expect(await settleExecution(world.deps, ended)).toEqual({ outcome: 'nothing' });
});

test('an execution that fails before the worker was made is started again, five times, then a person is asked', async () => {
  const world = await planned();
  for (const number of [0, 1, 2, 3, 4]) {
    const name = number === 0 ? `${BATCH}.a1` : `${BATCH}.a1-settle-${number}`;
    expect(await settleExecution(world.deps, { machine: 'process-batch', name, status: 'FAILED' })).toEqual({ outcome: 'restarted' });
  }
  const last = { machine: 'process-batch', name: `${BATCH}.a1-settle-5`, status: 'FAILED' } as const;
  expect(await settleExecution(world.deps, last)).toEqual({ outcome: 'given-up' });
  expect((await world.stores.sources.get(SOURCE))?.needsAttention?.reason).toBe('settling-failing');
});

test('an execution that is aborted while its results are swept is not tried again either', async () => {
  const world = await planned();
  await world.cluster.start(RUN);
  await world.cluster.finishRun(RUN, { ERR000002: 'truncated' });
  await world.machines.stop('process-batch', `${BATCH}.a1`, 'console');
  await settleExecution(world.deps, { machine: 'process-batch', name: `${BATCH}.a1`, status: 'ABORTED' });
  await world.machines.settled();
  await world.cluster.finishVerify(`${BATCH}.a1.verify-1`, { ERR000002: 'missing' });
  expect(await batch(world)).toMatchObject({ status: 'cancelled', completeRuns: 1 });
});

test('a batch that is cancelled before its worker was made gets none', async () => {
  const world = lifeWorld();
  const { change } = world.stores.batches;
  const admit = world.stores.workers.admit;
  Object.assign(world.stores.workers, {
    admit: async (...args: Parameters<typeof admit>) => {
      const admitted = await admit(...args);
      const event = { entityId: BATCH, sourceId: SOURCE, at: world.now().toISOString(), type: 'batch-cancel-requested', actor: 'test' };
      await change(BATCH, { from: 'dispatched', set: { cancelRequested: true }, event });
      return admitted;
    },
  });
  await world.plan(SOURCE, [[runOf(1)]]);
  await world.dispatch();
  expect(world.cluster.jobs.size).toBe(0);
  expect(await batch(world)).toMatchObject({ status: 'cancelled', attempts: [{ cause: 'cancel-requested' }] });
});

test('an attempt that is settled while the next one runs already changes nothing', async () => {
  const world = await planned();
  await world.cluster.start(RUN);
  await world.cluster.finishRun(RUN, { ERR000002: 'truncated' });
  const put = world.stores.outcomes.put;
  let meanwhile = true;
  Object.assign(world.stores.outcomes, {
    put: async (...args: Parameters<typeof put>) => {
      const waiters = await put(...args);
      if (!meanwhile) return waiters;
      meanwhile = false;
      // Somebody else settles the same attempt, and the next one is admitted before this settling writes.
      await world.handlers['SettleBatch']?.({ batchId: BATCH, attempt: 1, workerId: `${BATCH}.a1` } as never);
      world.pass(30);
      const item = await batch(world);
      const event = { entityId: BATCH, sourceId: SOURCE, at: world.now().toISOString(), type: 'batch-admit', actor: 'test' };
      if (item) await world.stores.batches.change(BATCH, { from: 'planned', set: { status: 'dispatched', attempt: 2 }, event });
      return waiters;
    },
  });
  await world.cluster.finishVerify(`${BATCH}.a1.verify-1`, { ERR000002: 'missing' });
  expect(await batch(world)).toMatchObject({ status: 'dispatched', attempt: 2, completeRuns: 1, attempts: [{ attempt: 1 }] });
});
