import { tendKeys } from '../../../../layers/core/home/documents';
import { reconcileTending } from '../../../../layers/core/home/reconcile-tending';
import { isolation } from '../../../../layers/core/use-cases/isolate';
import { settleExecution } from '../../../../layers/core/use-cases/settle-execution';
import { ADOPT, adopting, complete, entry, job, outcomeOf, SOURCE } from './home';
import { lifeWorld, runOf } from './world';

describe('adopting', () => {
  test('what the cluster published is complete, the rest is told by run, and the source is checked', async () => {
    const world = lifeWorld({ twice: true });
    const runs = [runOf(1), runOf(2), runOf(3)];
    await world.plan(SOURCE, [runs]);
    await adopting(world, runs);
    const detail = '1.fastq.gz has md5 x, listed y';
    await world.cluster.report(job('adopt'), {
      runs: [entry(runOf(1), 'adopted'), entry(runOf(2), 'md5-differs', detail), entry(runOf(3), 'incomplete')],
      others: { runs: 1, shown: [{ accession: 'ERR9999999', names: ['ERR9999999.fastq.gz'] }] },
    });
    const operation = await world.stores.operations.get(ADOPT);
    expect(operation).toMatchObject({
      status: 'done',
      result: {
        counts: { adopted: 1, 'md5-differs': 1, incomplete: 1, 'unknown-name': 1 },
        bytes: 100,
        unknownNames: ['ERR9999999.fastq.gz'],
      },
    });
    expect(operation?.result?.['problems']).toContainEqual({ accession: 'ERR000002', result: 'md5-differs', detail });
    expect(await Promise.all(runs.map((run) => outcomeOf(world, run)))).toEqual(['complete', undefined, undefined]);
    expect(await world.stores.sources.get(SOURCE)).toMatchObject({ checkRequested: true });
  });

  test('what a batch has claimed, and what is at home, is not asked about; what was planned is not fetched again', async () => {
    const world = lifeWorld();
    await world.plan(SOURCE, [[runOf(1)], [runOf(2)]]);
    await world.dispatch();
    await complete(world, runOf(3));
    await adopting(world, [runOf(1), runOf(3), runOf(4)]);
    expect(world.cluster.jobs.get(job('adopt'))?.request.spec).toMatchObject({ directory: '/lab/raw', runs: [{ accession: 'ERR000004' }] });
  });

  test('a run that the job was not asked about is not believed', async () => {
    const world = lifeWorld();
    await world.plan(SOURCE, [[runOf(1)]]);
    await adopting(world, [runOf(1)]);
    const other = { ...entry(runOf(1), 'adopted'), filesHash: 'e'.repeat(64) };
    await world.cluster.report(job('adopt'), { runs: [other, entry(runOf(2), 'adopted')] });
    expect(await outcomeOf(world, runOf(2))).toBeUndefined();
    expect(await world.stores.operations.get(ADOPT)).toMatchObject({ status: 'done', result: { counts: {} } });
  });

  test('a dry run changes nothing', async () => {
    const world = lifeWorld();
    await world.plan(SOURCE, [[runOf(1)]]);
    await adopting(world, [runOf(1)], true);
    await world.cluster.report(job('adopt'), { runs: [entry(runOf(1), 'would-adopt')] });
    expect(await outcomeOf(world, runOf(1))).toBeUndefined();
    expect(await world.stores.sources.get(SOURCE)).toMatchObject({ checkRequested: false });
    expect(await world.stores.operations.get(ADOPT)).toMatchObject({ status: 'done', result: { counts: { 'would-adopt': 1 } } });
  });

  test('a directory that the gate refuses ends the operation with the gate’s words, at once', async () => {
    const world = lifeWorld();
    await world.plan(SOURCE, [[runOf(1)]]);
    world.cluster.receive('adopt', 'refused');
    await adopting(world, [runOf(1)]);
    await world.machines.settled();
    const operation = await world.stores.operations.get(ADOPT);
    expect(operation).toMatchObject({ status: 'failed' });
    expect(operation?.detail).toMatch(/\/lab\/raw is not allowed$/);
  });

  test('a job that is lost is tried again, three times, then the operation fails; what one of them had done counts', async () => {
    const world = lifeWorld();
    await world.plan(SOURCE, [[runOf(1), runOf(2)]]);
    await adopting(world, [runOf(1), runOf(2)]);
    await world.cluster.lose(job('adopt'), 'slurm-node-fail');
    await world.cluster.report(job('adopt', 2), { result: 'failed', reason: 'time-limit', runs: [entry(runOf(1), 'adopted')] });
    expect(world.cluster.jobs.get(job('adopt', 3))?.request.spec).toMatchObject({ runs: [{ accession: 'ERR000002' }] });
    for (const step of [3, 4, 5]) await world.cluster.lose(job('adopt', step), 'slurm-node-fail');
    expect(await world.stores.operations.get(ADOPT)).toMatchObject({ status: 'failed', result: { counts: { adopted: 1 } } });
    expect(await outcomeOf(world, runOf(1))).toBe('complete');
  });

  test('an operation whose start was lost is started by the heartbeat, once', async () => {
    const world = lifeWorld();
    await world.plan(SOURCE, [[runOf(1)]]);
    await adopting(world, [runOf(1)], false, false);
    const { isolate } = isolation();
    const deps = { ...world.deps, isolate };
    expect([await reconcileTending(deps), await reconcileTending(deps)]).toEqual([1, 0]);
    await world.machines.settled();
    expect(world.cluster.open('adopt')).toEqual([job('adopt')]);
  });

  test('an execution that ends abnormally fails its operation', async () => {
    const world = lifeWorld();
    await world.plan(SOURCE, [[runOf(1)]]);
    await adopting(world, [runOf(1)]);
    await world.machines.stop('tend-home', ADOPT, 'console');
    const ended = { machine: 'tend-home', name: ADOPT, status: 'ABORTED' } as const;
    expect([await settleExecution(world.deps, ended), await settleExecution(world.deps, ended)]).toEqual([
      { outcome: 'settled' },
      { outcome: 'nothing' },
    ]);
    expect(await world.stores.operations.get(ADOPT)).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('aborted') as string,
    });
  });
});

test('a step that is settled twice writes the same', async () => {
  const world = lifeWorld({ twice: true });
  await world.plan(SOURCE, [[runOf(1)]]);
  await adopting(world, [runOf(1)]);
  await world.cluster.report(job('adopt'), { runs: [entry(runOf(1), 'adopted')] });
  expect(await world.objects.exists(tendKeys(ADOPT, 1).step)).toBe(true);
  expect((await world.stores.operations.get(ADOPT))?.result).toMatchObject({ counts: { adopted: 1 } });
});
