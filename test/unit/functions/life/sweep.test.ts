import { retryHeldSweeps } from '../../../../layers/core/use-cases/hold-worker';
import { settleExecution } from '../../../../layers/core/use-cases/settle-execution';
import { takeSweep } from '../../../../layers/core/use-cases/take-sweep';
import { keyOf, lifeWorld, runOf, type World } from './world';

const SOURCE = 'study:PRJEB1';
const BATCH = 'study-PRJEB1.1.1';
const WORKER = `${BATCH}.a1`;

/** Dispatched, run, ended: the first sweep has been kicked. */
async function swept(prepare: (world: World) => void = () => undefined): Promise<World> {
  const world = lifeWorld();
  prepare(world);
  await world.plan(SOURCE, [[runOf(1), runOf(2)]]);
  await world.dispatch();
  await world.cluster.start(`${WORKER}.fetch`);
  await world.cluster.finishRun(`${WORKER}.fetch`);
  return world;
}
const worker = async (world: World) => world.stores.workers.get(WORKER);
/** The schedule's tick: no worker named. */
async function tick(world: World, id: string): Promise<void> {
  await world.machines.start('sweep-results', id, { id });
  await world.machines.settled();
}

test('verification is asked of the data partition, with sizes and md5 from the plan and no addresses', async () => {
  const world = await swept();
  const request = world.cluster.jobs.get(`${WORKER}.verify-1`)?.request;
  expect(request).toMatchObject({ kind: 'verify', resources: { partition: 'data' }, spec: { staging: `staging/${WORKER}/fetch` } });
  expect(request?.spec).toHaveProperty(['runs', 0, 'files'], [{ name: '1.fastq.gz', bytes: 100, md5: 'b'.repeat(32) }]);
});

test('a failed submit settles its own wait, and the schedule sweeps again after the pause', async () => {
  const world = await swept(({ cluster }) => cluster.receive('verify', 'unavailable'));
  expect(await worker(world)).toMatchObject({ status: 'ready', sweepFailures: 1, nextSweepAt: '2026-01-01T00:00:30.000Z' });
  await tick(world, 'too-early');
  expect(await worker(world)).toMatchObject({ status: 'ready', sweep: 1 });
  world.pass(30);
  await tick(world, 'in-time');
  await world.cluster.finishVerify(`${WORKER}.verify-2`);
  expect(await worker(world)).toMatchObject({ status: 'gone' });
  expect(await world.stores.batches.get(BATCH)).toMatchObject({ status: 'complete' });
  await world.cluster.finishIndex('study-PRJEB1.1.index-1');
  expect(await world.stores.sources.get(SOURCE)).toMatchObject({
    lastRunStatus: 'complete',
    generatedWarning: [{ code: 'sweep-recovered', detail: `${WORKER}: home at sweep 2, after 1 failed sweep` }],
  });
});

test('a submit of unknown outcome goes on waiting for the job it may have made', async () => {
  const world = await swept(({ cluster }) => cluster.receive('verify', 'lost-reply'));
  expect(world.machines.waitingIn()).toEqual(['AwaitSwept', 'VerifyResults']);
  await world.cluster.finishVerify(`${WORKER}.verify-1`);
  expect(await world.stores.batches.get(BATCH)).toMatchObject({ status: 'complete' });
});

test('of two executions that find the same lease run out, one takes it', async () => {
  const world = await swept();
  const { sweep, sweepLeaseUntil = '' } = (await worker(world)) ?? {};
  world.pass((Date.parse(sweepLeaseUntil) - world.deps.now().getTime()) / 1_000 + 1);
  const taken = await Promise.all(['one', 'other'].map((holder) => takeSweep(world.deps, WORKER, holder)));
  expect(taken.filter((one) => one !== undefined)).toMatchObject([{ sweep: (sweep ?? 0) + 1 }]);
});

test('a verification that outlives its wait is lost, and the sweep is tried again', async () => {
  const world = await swept();
  await world.machines.timeOut('VerifyResults');
  expect(await world.stores.jobs.get(`${WORKER}.verify-1`)).toMatchObject({ status: 'lost', cause: 'verify-timeout' });
  expect(await worker(world)).toMatchObject({ status: 'ready', sweepFailures: 1 });
});

test('a worker has one sweep at a time: the schedule passes by while the lease is held', async () => {
  const world = await swept();
  await tick(world, 'meanwhile');
  expect(await worker(world)).toMatchObject({ status: 'sweeping', sweep: 1 });
  expect(world.cluster.open('verify')).toEqual([`${WORKER}.verify-1`]);
});

test('a lease whose holder died runs out, and the next sweep takes a higher number', async () => {
  const world = await swept();
  world.pass(6 * 3600);
  await tick(world, 'later');
  expect(await worker(world)).toMatchObject({ status: 'sweeping', sweep: 2, sweepHolder: 'later' });
  // The first comes back from the dead: its word is about an older sweep and changes nothing but the history.
  const stale = { workerId: WORKER, sweep: 1, jobId: `${WORKER}.verify-1` };
  await world.handlers['SettleSweep']?.(stale as never);
  expect(await worker(world)).toMatchObject({ status: 'sweeping', sweep: 2 });
});

test('a verification that comes late does not end the sweep that took over', async () => {
  const world = await swept();
  world.pass(6 * 3600);
  await tick(world, 'later');
  await world.cluster.finishVerify(`${WORKER}.verify-1`);
  expect(await worker(world)).toMatchObject({ status: 'sweeping', sweep: 2 });
  await world.cluster.finishVerify(`${WORKER}.verify-2`);
  expect(await world.stores.batches.get(BATCH)).toMatchObject({ status: 'complete' });
});

test('selecting twice in one execution gives the same sweep, not two', async () => {
  const world = await swept();
  const input = { workerId: WORKER, execution: `${WORKER}.sweep-1` } as never;
  expect(await world.handlers['SelectSweeps']?.(input)).toMatchObject({ sweeps: [{ sweep: 1, jobId: `${WORKER}.verify-1` }] });
});

test('an execution that ends abnormally frees the leases it held', async () => {
  const world = await swept();
  const ended = { machine: 'sweep-results', name: `${WORKER}.sweep-1`, status: 'TIMED_OUT' } as const;
  expect(await settleExecution(world.deps, ended)).toEqual({ outcome: 'settled' });
  expect(await worker(world)).toMatchObject({ status: 'ready', sweepFailures: 1 });
  expect(await settleExecution(world.deps, ended)).toEqual({ outcome: 'nothing' });
});

/** Five sweeps that are lost, each after its pause. */
async function hold(world: World): Promise<void> {
  for (const sweep of [1, 2, 3, 4, 5]) {
    await world.cluster.lose(`${WORKER}.verify-${sweep}`, 'slurm-node-fail');
    world.pass(900);
    await tick(world, `tick-${sweep}`);
  }
}

test('after five failed sweeps the worker is held, its batch settles without it, and a person is asked', async () => {
  const world = await swept();
  await hold(world);
  expect(await worker(world)).toMatchObject({ status: 'held', sweep: 5 });
  expect(await world.stores.batches.get(BATCH)).toMatchObject({
    status: 'partial',
    failedRuns: 2,
    attempts: [{ cause: 'slurm-node-fail' }],
  });
  expect((await world.stores.sources.get(SOURCE))?.needsAttention).toMatchObject({ reason: 'results-held', step: 'SettleSweep' });
  expect(world.machines.executions[0]).toMatchObject({ machine: 'process-batch', status: 'SUCCEEDED' });
});

test('a held worker is swept once more when a person says so, and then let go', async () => {
  const world = await swept();
  await hold(world);
  expect(await retryHeldSweeps(world.deps, SOURCE, 'a person')).toBe(1);
  await tick(world, 'rescue');
  await world.cluster.finishVerify(`${WORKER}.verify-6`);
  expect(await worker(world)).toMatchObject({ status: 'destroying' });
  expect((await world.stores.outcomes.get([keyOf(runOf(1))])).get(keyOf(runOf(1)))).toMatchObject({ result: 'complete' });
});

test('a cause that time cannot mend holds the worker at once', async () => {
  const world = await swept();
  await world.cluster.lose(`${WORKER}.verify-1`, 'group-unknown');
  expect(await worker(world)).toMatchObject({ status: 'held', sweep: 1 });
});

test('a run whose checksum is refused is a verdict, not a failed sweep', async () => {
  const world = await swept();
  await world.cluster.finishVerify(`${WORKER}.verify-1`, { ERR000002: 'md5-mismatch' });
  expect(await worker(world)).toMatchObject({ status: 'gone', sweepFailures: 0 });
  expect(await world.stores.batches.get(BATCH)).toMatchObject({ status: 'planned', completeRuns: 1, attempts: [{ cause: 'runs-failed' }] });
});

test('a disk that refused to publish is a failed sweep, not a verdict', async () => {
  const world = await swept();
  await world.cluster.finishVerify(`${WORKER}.verify-1`, { ERR000002: 'publish-failed' });
  expect(await worker(world)).toMatchObject({ status: 'ready', sweepFailures: 1 });
});

test('a wait for the sweep that runs out is entered again and kicks it again', async () => {
  const world = await swept(({ cluster }) => cluster.receive('verify', 'unavailable'));
  world.pass(60);
  await world.machines.timeOut('AwaitSwept');
  expect(world.machines.waitingIn()).toEqual(['AwaitSwept', 'VerifyResults']);
  await world.cluster.finishVerify(`${WORKER}.verify-2`);
  expect(await world.stores.batches.get(BATCH)).toMatchObject({ status: 'complete' });
});
