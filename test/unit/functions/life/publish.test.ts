import { changeSource } from '../../../../layers/core/use-cases/change-status';
import { evaluateSource } from '../../../../layers/core/use-cases/evaluate-source';
import { settleExecution } from '../../../../layers/core/use-cases/settle-execution';
import { settleSource } from '../../../../layers/core/use-cases/settle-source';
import { runOf, lifeWorld, type World } from './world';

const ONE = 'study:PRJEB1';
const TWO = 'taxon:9031';
const source = async (world: World, sourceId = ONE) => world.stores.sources.get(sourceId);

async function finish(world: World, batchId: string, attempt = 1): Promise<void> {
  const worker = `${batchId}.a${attempt}`;
  await world.cluster.start(`${worker}.fetch`);
  await world.cluster.finishRun(`${worker}.fetch`);
  await world.cluster.finishVerify(`${worker}.verify-1`);
}

test('a source waits for all its batches', async () => {
  const world = lifeWorld();
  await world.plan(ONE, [[runOf(1)], [runOf(2)]]);
  await world.dispatch();
  await finish(world, 'study-PRJEB1.1.1');
  expect(await source(world)).toMatchObject({ phase: 'running' });
  await finish(world, 'study-PRJEB1.1.2');
  expect(await source(world)).toMatchObject({ phase: 'publishing', indexAsked: 1 });
});

test('a publication that failed does not put back the one that has taken its place meanwhile', async () => {
  const world = lifeWorld();
  await world.plan(ONE, [[runOf(1)]]);
  await world.dispatch();
  await finish(world, 'study-PRJEB1.1.1');
  const get = world.stores.jobs.get;
  jest.spyOn(world.stores.jobs, 'get').mockImplementationOnce(async (jobId) => {
    await changeSource(world.deps, ONE, 'publish-failed', { actor: 'test' });
    await evaluateSource(world.deps, ONE);
    return get(jobId);
  });
  expect(await settleSource(world.deps, { sourceId: ONE, cycle: 1, index: 1 })).toEqual({ outcome: 'stale' });
  expect(await source(world)).toMatchObject({ phase: 'publishing', indexAsked: 2 });
});

test('what a read that lags behind has not seen yet is published all the same', async () => {
  const world = lifeWorld();
  const get = world.stores.outcomes.get;
  jest
    .spyOn(world.stores.outcomes, 'get')
    .mockImplementation((keys, options) => (options?.mayLag === true ? get(keys.slice(0, 1)) : get(keys)));
  await world.plan(ONE, [[runOf(1), runOf(2)]]);
  await world.dispatch();
  await finish(world, 'study-PRJEB1.1.1');
  await world.cluster.finishIndex('study-PRJEB1.1.index-1');
  expect(await source(world)).toMatchObject({ phase: 'idle', lastRunStatus: 'complete', counts: { complete: 2, failed: 0 } });
});

test('two sources that share a run fetch it once, and the second waits for the first', async () => {
  const world = lifeWorld();
  await world.plan(ONE, [[runOf(1), runOf(2)]]);
  await world.plan(TWO, [[runOf(2), runOf(3)]]);
  await world.dispatch();
  expect(world.cluster.jobs.get('taxon-9031.1.1.a1.fetch')?.request.spec).toMatchObject({ runs: [{ accession: 'ERR000003' }] });
  await finish(world, 'taxon-9031.1.1');
  expect(await source(world, TWO)).toMatchObject({ phase: 'running' });
  await finish(world, 'study-PRJEB1.1.1');
  for (const job of ['study-PRJEB1.1.index-1', 'taxon-9031.1.index-1']) await world.cluster.finishIndex(job);
  expect(await source(world, TWO)).toMatchObject({ phase: 'idle', lastRunStatus: 'complete', counts: { complete: 2, failed: 0 } });
});

test('a batch whose runs are all fetched elsewhere ends without a worker, and its source with the other', async () => {
  const world = lifeWorld();
  await world.plan(ONE, [[runOf(1)]]);
  await world.plan(TWO, [[runOf(1)]]);
  expect(await world.dispatch()).toEqual(['dispatched', 'linked']);
  expect(await source(world, TWO)).toMatchObject({ phase: 'running' });
  await finish(world, 'study-PRJEB1.1.1');
  expect(await source(world, TWO)).toMatchObject({ phase: 'publishing' });
});

test.each(['claimed', 'linked'] as const)('a source waits for a run that was %s when it was compared', async (state) => {
  const world = lifeWorld();
  await world.plan(ONE, [[runOf(1)]]);
  await world.dispatch();
  await world.plan(TWO, [], [runOf(1)], state);
  expect(await evaluateSource(world.deps, TWO)).toBe('links-open');
});

test('a source that links to a run whose holder gave it up does not wait for ever, and says so', async () => {
  const world = lifeWorld();
  await world.plan(ONE, [[runOf(1)]]);
  await world.dispatch();
  await world.plan(TWO, [], [runOf(1)]);
  expect(await evaluateSource(world.deps, TWO)).toBe('links-open');
  await world.cluster.start('study-PRJEB1.1.1.a1.fetch');
  await world.machines.stop('process-batch', 'study-PRJEB1.1.1.a1', 'console');
  await settleExecution(world.deps, { machine: 'process-batch', name: 'study-PRJEB1.1.1.a1', status: 'ABORTED' });
  await world.machines.settled();
  await world.cluster.finishVerify('study-PRJEB1.1.1.a1.verify-1', { ERR000001: 'missing' });
  expect(await evaluateSource(world.deps, TWO)).toBe('publishing');
  await world.machines.settled();
  expect(await source(world, TWO)).toMatchObject({ phase: 'idle', lastRunStatus: 'warning', counts: { complete: 0, failed: 0 } });
  expect((await source(world, TWO))?.generatedWarning).toMatchObject([{ code: 'runs-open' }]);
});

test('a source without an included run starts no index job, and says so', async () => {
  const world = lifeWorld();
  await world.plan(ONE, []);
  expect(await evaluateSource(world.deps, ONE)).toBe('publishing');
  await world.machines.settled();
  expect(await source(world)).toMatchObject({
    ...{ phase: 'idle', lastRunStatus: 'warning', indexDone: 1 },
    generatedWarning: [{ code: 'nothing-included' }],
  });
  expect(world.cluster.open('index')).toEqual([]);
});

test('what has not changed since the last index job is not written again', async () => {
  const world = lifeWorld();
  await world.plan(ONE, [[runOf(1)]]);
  await world.dispatch();
  await finish(world, 'study-PRJEB1.1.1');
  await world.cluster.finishIndex('study-PRJEB1.1.index-1');
  const before = await source(world);
  if (before) {
    const event = { entityId: ONE, sourceId: ONE, at: world.now().toISOString(), type: 'test', actor: 'test' };
    await world.stores.sources.change(before, { phase: 'running' }, event);
  }
  await evaluateSource(world.deps, ONE);
  await world.machines.settled();
  expect(await source(world)).toMatchObject({ phase: 'idle', lastRunStatus: 'complete', indexDone: 2 });
  expect([...world.cluster.jobs.keys()].filter((job) => job.includes('index'))).toEqual(['study-PRJEB1.1.index-1']);
});

test('an index job that fails is tried again by whoever evaluates the source, five times, then a person is asked', async () => {
  const world = lifeWorld();
  await world.plan(ONE, [[runOf(1)]]);
  await world.dispatch();
  await finish(world, 'study-PRJEB1.1.1');
  for (const number of [1, 2, 3, 4, 5]) {
    await world.cluster.lose(`study-PRJEB1.1.index-${number}`, 'slurm-node-fail');
    expect(await source(world)).toMatchObject({ phase: 'running', indexAsked: number });
    expect(await evaluateSource(world.deps, ONE)).toBe(number < 5 ? 'publishing' : 'given-up');
    await world.machines.settled();
  }
  expect(await source(world)).toMatchObject({ phase: 'idle', lastRunStatus: 'error', needsAttention: { reason: 'publish-failing' } });
});

test('publishing that was started is started again by name only, however often the source is evaluated', async () => {
  const world = lifeWorld();
  await world.plan(ONE, [[runOf(1)]]);
  await world.dispatch();
  await finish(world, 'study-PRJEB1.1.1');
  for (let times = 0; times < 3; times += 1) await evaluateSource(world.deps, ONE);
  await world.machines.settled();
  expect(world.machines.executions.filter(({ machine }) => machine === 'publish-source')).toHaveLength(1);
});

test('a publication that is not the one the source waits for changes nothing', async () => {
  const world = lifeWorld();
  await world.plan(ONE, [[runOf(1)]]);
  await world.dispatch();
  await finish(world, 'study-PRJEB1.1.1');
  await world.cluster.lose('study-PRJEB1.1.index-1', 'slurm-node-fail');
  await evaluateSource(world.deps, ONE);
  const late = { sourceId: ONE, cycle: 1, index: 1 } as never;
  expect(await world.handlers['SettleSource']?.(late)).toEqual({ outcome: 'stale' });
  expect(await source(world)).toMatchObject({ phase: 'publishing', indexAsked: 2 });
});

test('an execution of publish-source that ends abnormally puts the source back, once', async () => {
  const world = lifeWorld();
  await world.plan(ONE, [[runOf(1)]]);
  await world.dispatch();
  await finish(world, 'study-PRJEB1.1.1');
  const ended = { machine: 'publish-source', name: 'study-PRJEB1.1.index-1', status: 'FAILED' } as const;
  expect(await settleExecution(world.deps, ended)).toEqual({ outcome: 'settled' });
  expect(await settleExecution(world.deps, ended)).toEqual({ outcome: 'nothing' });
  expect(await source(world)).toMatchObject({ phase: 'running' });
});

test('a cycle whose execution ended abnormally gives the source back with a warning', async () => {
  const world = lifeWorld();
  await world.plan(ONE, []);
  const before = await source(world);
  const event = { entityId: ONE, sourceId: ONE, at: world.now().toISOString(), type: 'test', actor: 'test' };
  if (before) await world.stores.sources.change(before, { phase: 'listing', cycle: 2, cycleRunning: true }, event);
  const ended = { machine: 'check-source', name: 'study-PRJEB1.2', status: 'TIMED_OUT' } as const;
  expect(await settleExecution(world.deps, ended)).toEqual({ outcome: 'settled' });
  expect(await settleExecution(world.deps, ended)).toEqual({ outcome: 'nothing' });
  expect(await source(world)).toMatchObject({ phase: 'idle', cycleRunning: false, nextCheckAt: '2026-01-01T00:10:00.000Z' });
  expect((await source(world))?.generatedWarning).toEqual([{ code: 'cycle-failed', detail: 'the execution of cycle 2 ended TIMED_OUT' }]);
});
