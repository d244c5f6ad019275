/** What was lost between two writes, or on its way to us, is made good by the next beat or by the word said again. */
import { runTickHandler } from '../../../../functions/run-tick/handler';
import { hearCallback } from '../../../../layers/core/callbacks/serve';
import { changeBatch, changeJob } from '../../../../layers/core/use-cases/change-status';
import { settleExecution } from '../../../../layers/core/use-cases/settle-execution';
import { MASTER, received } from '../../core/callbacks/messages';
import { keyOf, lifeWorld, runOf, type World } from './world';

const SOURCE = 'study:PRJEB1';
const BATCH = 'study-PRJEB1.1.1';
const WORKER = `${BATCH}.a1`;
const RUN = `${WORKER}.fetch`;

async function dispatched(runs = [runOf(1)]): Promise<World> {
  const world = lifeWorld();
  await world.plan(SOURCE, [runs]);
  await world.dispatch();
  return world;
}
/** A beat of the heartbeat, and all that follows from it. */
async function beat(world: World): Promise<void> {
  const room = { homeFreeBytesMin: 0, homeFactor: 1, cyclesAtOnce: 2 };
  const caps = { total: 9, pools: { scheduled: 9, manual: 9 }, providers: { slurm: 9 }, ...room };
  const prices = async () => () => ({ dollarsPerHour: 0, egressDollarsPerGib: 0 });
  await runTickHandler({ ...world.deps, caps, prices, settings: { startDeadlineSeconds: 600 } })({
    id: `beat-${world.now().toISOString()}`,
    again: 0,
  });
  await world.machines.settled();
  world.pass(60);
}
const executions = (world: World): readonly string[] =>
  world.machines.executions.filter(({ machine }) => machine === 'process-batch').map(({ name, status }) => `${name} ${status}`);
const batch = async (world: World) => world.stores.batches.get(BATCH);

test.each(['dispatched', 'running', 'sweeping'] as const)(
  'an execution that ended unheard while its batch was %s is settled',
  async (status) => {
    const world = await dispatched();
    if (status !== 'dispatched') await world.cluster.start(RUN);
    if (status === 'sweeping') await world.cluster.finishRun(RUN);
    expect(await batch(world)).toMatchObject({ status });
    await world.machines.stop('process-batch', WORKER, 'console');
    await world.machines.settled();
    await beat(world);
    expect(executions(world)[1]).toContain(`${WORKER}-settle-1 `);
    await beat(world);
    expect(executions(world)).toHaveLength(2);
    if (status !== 'dispatched') await world.cluster.finishVerify(`${WORKER}.verify-1`);
    expect(await batch(world)).toMatchObject({ status: status === 'dispatched' ? 'cancelled' : 'complete' });
  },
);

test('an execution that succeeded without settling its batch is settled like one that failed', async () => {
  const world = await dispatched();
  Object.assign(world.machines.executions[0] ?? {}, { status: 'SUCCEEDED' });
  await beat(world);
  expect(await world.stores.jobs.get(RUN)).toMatchObject({ status: 'lost', cause: 'execution-unsettled' });
  expect(executions(world)).toHaveLength(2);
});

test('after five executions that failed a person is asked, once, and five more follow when the attention is cleared', async () => {
  const world = await dispatched();
  const clear = async (): Promise<void> => {
    const source = await world.stores.sources.get(SOURCE);
    const event = { entityId: SOURCE, sourceId: SOURCE, at: world.now().toISOString(), type: 'cleared', actor: 'a person' };
    if (source) await world.stores.sources.change(source, {}, event, ['needsAttention']);
  };
  // No end of an execution is ever heard of: the beats alone find them.
  world.machines.start = async (machine, name, input) => {
    if (world.machines.executions.some((each) => each.name === name)) return 'already';
    (world.machines.executions as unknown[]).push({ machine, name, input, entered: [], status: 'FAILED' });
    return 'started';
  };
  await world.machines.stop('process-batch', WORKER, 'console');
  for (let beats = 0; beats < 9; beats += 1) await beat(world);
  expect(executions(world)).toHaveLength(1 + 5);
  expect((await world.stores.sources.get(SOURCE))?.needsAttention).toMatchObject({ reason: 'settling-failing' });
  const last = { machine: 'process-batch', name: `${WORKER}-settle-5`, status: 'FAILED' } as const;
  expect(await settleExecution(world.deps, last)).toEqual({ outcome: 'given-up' });
  await clear();
  for (let beats = 0; beats < 9; beats += 1) await beat(world);
  expect(executions(world)).toHaveLength(1 + 10);
  expect((await world.stores.sources.get(SOURCE))?.needsAttention).toMatchObject({ reason: 'settling-failing' });
});

test('a cancel in the moment of settling is decided upon, not lost', async () => {
  const world = await dispatched([runOf(1), runOf(2)]);
  const { put } = world.stores.outcomes;
  let asked = false;
  world.stores.outcomes.put = async (outcomes) => {
    if (!asked) await changeBatch(world.deps, BATCH, 'ask-cancel', { actor: 'a person' });
    asked = true;
    return put(outcomes);
  };
  await world.cluster.start(RUN);
  await world.cluster.finishRun(RUN, { ERR000002: 'truncated' });
  await world.cluster.finishVerify(`${WORKER}.verify-1`, { ERR000002: 'missing' });
  expect(await batch(world)).toMatchObject({ status: 'cancelled', completeRuns: 1 });
  expect(world.machines.executions[0]?.output).toMatchObject({ outcome: 'cancel' });
});

test('a settling that others keep from writing fails, so that it is tried again', async () => {
  const world = await dispatched();
  const { change } = world.stores.batches;
  world.stores.batches.change = async () => ({ outcome: 'conflict' });
  const settle = () => world.handlers['SettleBatch']?.({ batchId: BATCH, attempt: 1, workerId: WORKER } as never);
  await expect(settle()).rejects.toMatchObject({ name: 'ContendedError' });
  world.stores.batches.change = change;
  expect(await settle()).toMatchObject({ outcome: 'retry' });
});

test('a started whose fact was lost is mended when it is said again', async () => {
  const world = await dispatched();
  await changeJob(world.deps, RUN, 'started', { actor: 'callback' });
  const message = { v: 1, jobId: RUN, attempt: 1, seq: 1, sentAt: 'x', kind: 'started', body: {} };
  const answer = await hearCallback(
    { ...world.deps, links: async () => ({}), putLinks: world.objects.links, getLink: world.objects.getLink, master: async () => MASTER },
    received(message),
  );
  expect(answer).toMatchObject({ status: 200, body: { accepted: true } });
  await world.machines.settled();
  expect(world.machines.waitingIn()).toEqual(['RunJob']);
  expect(await batch(world)).toMatchObject({ status: 'running' });
});

test('a job that started, and whose fact was lost, is swept when it ends', async () => {
  const world = await dispatched();
  await changeJob(world.deps, RUN, 'started', { actor: 'callback' });
  await world.cluster.finishRun(RUN);
  await world.cluster.finishVerify(`${WORKER}.verify-1`);
  expect(await batch(world)).toMatchObject({ status: 'complete', attempt: 1 });
  expect(await world.stores.workers.get(WORKER)).toMatchObject({ status: 'gone' });
});

test.each(['before', 'after'] as const)(
  'a worker that its attempt passed by is swept and let go (swept %s the attempt is settled)',
  async (when) => {
    const world = await dispatched();
    // Called lost before it started; it starts before it is released.
    await world.machines.stop('process-batch', WORKER, 'test');
    await world.machines.settled();
    await world.cluster.start(RUN);
    await world.cluster.lose(RUN, 'start-deadline');
    const attempt = { batchId: BATCH, attempt: 1, workerId: WORKER, jobId: RUN } as never;
    await world.handlers['ReleaseWorker']?.(attempt);
    if (when === 'after') await world.handlers['SettleBatch']?.(attempt);
    await world.machines.start('sweep-results', 'schedule', { id: 'schedule' });
    await world.machines.settled();
    await world.cluster.finishVerify(`${WORKER}.verify-1`);
    if (when === 'before') await world.handlers['SettleBatch']?.(attempt);
    expect(await world.stores.workers.get(WORKER)).toMatchObject({ status: 'destroying' });
    expect((await world.stores.outcomes.get([keyOf(runOf(1))])).get(keyOf(runOf(1)))).toMatchObject({ result: 'complete' });
  },
);

test('fifteen workers that back off do not hide one that is due', async () => {
  const world = lifeWorld();
  const batches = Array.from({ length: 16 }, (_, index) => [{ ...runOf(1), accession: `ERR1000${10 + index}` }]);
  await world.plan(SOURCE, batches);
  for (let index = 1; index <= 16; index += 1) {
    const [item] = (await world.stores.batches.ofSource(SOURCE)).filter((one) => one.index === index);
    const worker = {
      ...{ workerId: `${item?.batchId}.a1`, batchId: item?.batchId ?? '', sourceId: SOURCE, attempt: 1, provider: 'slurm' },
    };
    const times = { requestedAt: new Date(index * 1000).toISOString(), startDeadline: 'x', deadline: 'x' };
    const nextSweepAt = index < 16 ? '2027-01-01T00:00:00.000Z' : '2025-01-01T00:00:00.000Z';
    const event = { entityId: SOURCE, sourceId: SOURCE, at: times.requestedAt, type: 'test', actor: 'test' };
    await world.stores.workers.admit({
      worker: {
        ...worker,
        ...times,
        pool: 'scheduled',
        status: 'ready',
        slots: 1,
        reservedDollars: 0,
        reservedBytes: 1,
        sweep: 0,
        sweepFailures: 1,
        nextSweepAt,
      },
      batch: { batchId: worker.batchId, from: 'planned', set: { status: 'sweeping' }, event },
      caps: [],
    });
  }
  expect(await world.handlers['SelectSweeps']?.({ execution: 'schedule' } as never)).toMatchObject({
    sweeps: [{ workerId: `${BATCH.slice(0, -1)}16.a1` }],
  });
});

test('a job that starts in the moment its wait runs out is let in', async () => {
  const world = await dispatched();
  // The wait ends after ten minutes; what follows has five more.
  expect(await world.stores.workers.get(WORKER)).toMatchObject({ startDeadline: '2026-01-01T00:10:00.000Z' });
  expect(await world.stores.jobs.get(RUN)).toMatchObject({ enrolmentExpiresAt: '2026-01-01T00:15:00.000Z' });
});
