import { keyOf, lifeWorld, runOf, type World } from './world';

const SOURCE = 'study:PRJEB1';
const BATCH = 'study-PRJEB1.1.1';
const RUN = `${BATCH}.a1.fetch`;

const planned = async (options?: { readonly twice: boolean }, runs = [runOf(1), runOf(2)]): Promise<World> => {
  const world = lifeWorld(options);
  await world.plan(SOURCE, [runs]);
  await world.dispatch();
  return world;
};
const batch = async (world: World, batchId = BATCH) => world.stores.batches.get(batchId);
const outcome = async (world: World, number: number) => (await world.stores.outcomes.get([keyOf(runOf(number))])).get(keyOf(runOf(number)));
/** From a dispatched attempt to its settling, with all going well except what is named. */
async function goThrough(world: World, attempt: number, failed: Readonly<Record<string, string>> = {}, batchId = BATCH): Promise<void> {
  const worker = `${batchId}.a${attempt}`;
  await world.cluster.start(`${worker}.fetch`);
  await world.cluster.finishRun(`${worker}.fetch`, failed);
  await world.cluster.finishVerify(
    `${worker}.verify-1`,
    Object.fromEntries(Object.keys(failed).map((accession) => [accession, 'missing'])),
  );
}

test.each([{ twice: false }, { twice: true }])(
  'a batch goes from dispatch to a published source (each function run twice: $twice)',
  async (options) => {
    const world = await planned(options);
    await goThrough(world, 1);
    const complete = { status: 'complete', completeRuns: 2, failedRuns: 0, attempts: [{ attempt: 1, cause: 'finished' }] };
    expect(await batch(world)).toMatchObject(complete);
    expect(await outcome(world, 1)).toMatchObject({ result: 'complete', bytes: 100 });
    expect(await world.stores.workers.get(`${BATCH}.a1`)).toMatchObject({ status: 'gone', sweep: 1 });
    expect(await world.stores.claims.get([keyOf(runOf(1))])).toEqual(new Map());
    // However often it was settled, it is learned from once.
    expect(await world.stores.paces.list()).toMatchObject([{ provider: 'slurm', stage: 'fetch', batches: 1, version: 1 }]);
    await world.cluster.finishIndex('study-PRJEB1.1.index-1');
    expect(await world.stores.sources.get(SOURCE)).toMatchObject({
      lastRunStatus: 'complete',
      phase: 'idle',
      counts: { known: 9, excluded: 1, complete: 2, failed: 0 },
      nextCheckAt: '2026-01-01T00:10:00.000Z',
    });
    expect(world.machines.executions.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);
  },
);

test('a worker that reports before the execution waits is not forgotten', async () => {
  const world = await planned();
  const job = `${BATCH}.a1.fetch`;
  await world.cluster.start(job);
  // The end comes in the same moment as the start: RunJob finds the fact when it stores its token.
  await world.cluster.finishRun(job);
  expect(world.machines.waitingIn()).toEqual(['AwaitSwept', 'VerifyResults']);
});

test('runs that failed are tried again alone, after a pause, with their claims kept', async () => {
  const world = await planned();
  await goThrough(world, 1, { ERR000002: 'truncated' });
  expect(await batch(world)).toMatchObject({ status: 'planned', notBefore: '2026-01-01T00:00:30.000Z', completeRuns: 1 });
  expect([...(await world.stores.claims.get([keyOf(runOf(1)), keyOf(runOf(2))])).keys()]).toEqual([keyOf(runOf(2))]);
  expect(await world.dispatch()).toEqual([]);
  world.pass(30);
  expect(await world.dispatch()).toEqual(['dispatched']);
  const spec = world.cluster.jobs.get(`${BATCH}.a2.fetch`)?.request.spec;
  expect(spec).toMatchObject({ runs: [{ accession: 'ERR000002' }], reuse: [`staging/${BATCH}.a1/fetch`] });
  await goThrough(world, 2);
  expect(await batch(world)).toMatchObject({ status: 'complete', completeRuns: 2, attempt: 2 });
  // One attempt failed, the other went on from what that one had left: neither says how long a batch takes.
  expect(await world.stores.paces.list()).toEqual([]);
});

test('runs that fail in every attempt end the batch partial, without attention, and the source in a warning', async () => {
  const world = await planned();
  for (const attempt of [1, 2, 3]) {
    await goThrough(world, attempt, { ERR000002: 'truncated' });
    world.pass(900);
    await world.dispatch();
  }
  expect(await batch(world)).toMatchObject({ status: 'partial', failedRuns: 1, completeRuns: 1 });
  expect(await outcome(world, 2)).toMatchObject({ result: 'failed', reason: 'truncated' });
  await world.cluster.finishIndex('study-PRJEB1.1.index-1');
  const source = await world.stores.sources.get(SOURCE);
  expect(source).toMatchObject({
    lastRunStatus: 'warning',
    counts: { complete: 1, failed: 1 },
    generatedWarning: [{ code: 'retry-needed' }, { code: 'runs-failed' }],
  });
  expect(source?.needsAttention).toBeUndefined();
});

test('a cause outside the data past the attempt limit sets attention that names it', async () => {
  const world = await planned();
  for (const attempt of [1, 2, 3]) {
    const worker = `${BATCH}.a${attempt}`;
    await world.cluster.start(`${worker}.fetch`);
    await world.cluster.lose(`${worker}.fetch`, 'slurm-node-fail');
    await world.cluster.finishVerify(`${worker}.verify-1`, { ERR000001: 'missing', ERR000002: 'missing' });
    world.pass(900);
    await world.dispatch();
  }
  expect(await batch(world)).toMatchObject({ status: 'partial', attempts: [{}, {}, { cause: 'slurm-node-fail' }] });
  const source = await world.stores.sources.get(SOURCE);
  expect(source?.needsAttention).toMatchObject({ reason: 'attempts-exhausted', step: 'SettleBatch' });
  expect(source?.needsAttention?.detail).toContain('slurm-node-fail');
});

test('a create that surely failed is released without a sweep and tried again', async () => {
  const world = lifeWorld();
  world.cluster.receive('run', 'unavailable');
  await world.plan(SOURCE, [[runOf(1)]]);
  await world.dispatch();
  const entered = 'ProvisionWorker AwaitStarted RunJob AwaitSwept ReleaseWorker SettleBatch';
  expect(world.machines.executions[0]?.entered.join(' ')).toBe(entered);
  expect(await batch(world)).toMatchObject({ status: 'planned', attempts: [{ cause: 'unavailable' }] });
  world.pass(30);
  await world.dispatch();
  await goThrough(world, 2);
  expect(await batch(world)).toMatchObject({ status: 'complete' });
});

test('a create whose answer was lost goes on when the job is there', async () => {
  const world = lifeWorld();
  world.cluster.receive('run', 'lost-reply');
  await world.plan(SOURCE, [[runOf(1)]]);
  await world.dispatch();
  expect(world.machines.waitingIn()).toEqual(['AwaitStarted']);
  await goThrough(world, 1);
  expect(await batch(world)).toMatchObject({ status: 'complete', attempt: 1 });
});

test('a create that nobody ever heard of ends in a release and another attempt', async () => {
  const world = lifeWorld();
  world.cluster.receive('run', 'lost-request');
  await world.plan(SOURCE, [[runOf(1)]]);
  await world.dispatch();
  await world.cluster.lose(RUN, 'job-absent');
  expect(await batch(world)).toMatchObject({ status: 'planned', attempts: [{ cause: 'job-absent' }] });
  // It may still be born: only the heartbeat, which looks again later, calls it gone.
  expect(await world.stores.workers.get(`${BATCH}.a1`)).toMatchObject({ status: 'destroying' });
});

test('a job that waits long in the queue is waited for again, a bounded number of times, and then cancelled', async () => {
  const world = await planned();
  for (const look of [1, 2, 3]) {
    world.pass(600);
    await world.machines.timeOut('AwaitStarted');
    expect({ look, waiting: world.machines.waitingIn() }).toEqual({ look, waiting: ['AwaitStarted'] });
  }
  const job = await world.stores.jobs.get(RUN);
  expect(job?.enrolmentExpiresAt && job.enrolmentExpiresAt > world.now().toISOString()).toBe(true);
  await world.machines.timeOut('AwaitStarted');
  expect(await batch(world)).toMatchObject({ status: 'planned', attempts: [{ cause: 'start-deadline' }] });
  expect(world.cluster.jobs.get(RUN)?.state).toBe('CANCELLED');
});

test('a lost callback is made good by the look after the time-out', async () => {
  const world = await planned();
  const job = world.cluster.jobs.get(RUN);
  if (job) job.state = 'RUNNING';
  world.pass(120);
  await world.machines.timeOut('AwaitStarted');
  expect(world.machines.waitingIn()).toEqual(['RunJob']);
});

test('a function that throws once is tried again and nothing is done twice', async () => {
  const world = lifeWorld();
  const settle = world.stores.batches.change;
  let thrown = 0;
  Object.assign(world.stores.batches, {
    change: async (...args: Parameters<typeof settle>) => {
      const written = await settle(...args);
      // The write stands and its answer is lost: the worst moment to fail.
      if (args[1].event.type === 'batch-complete' && (thrown += 1) === 1) throw new Error('connection reset');
      return written;
    },
  });
  await world.plan(SOURCE, [[runOf(1)]]);
  await world.dispatch();
  await goThrough(world, 1);
  expect(thrown).toBe(1);
  expect(await batch(world)).toMatchObject({ status: 'complete', completeRuns: 1, attempts: [{ attempt: 1 }] });
  expect(world.machines.executions.filter(({ machine }) => machine === 'publish-source')).toHaveLength(1);
});
