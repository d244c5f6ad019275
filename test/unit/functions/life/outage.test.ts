/** Executions that fail while the work goes on, and providers that are away: neither ends what is healthy, and nobody is asked more than is of use. */
import { MACHINE_GONE } from '../../../../layers/core/attempts/limits';
import { awayLife, BATCH, RUN, SSH, WORKER } from './away-life';
import { lifeWorld, runOf } from './world';
import { settleExecution } from '../../../../layers/core/use-cases/settle-execution';

test('work that goes on is waited for by another execution, twice; then it is ended', async () => {
  const world = lifeWorld();
  await world.plan('study:PRJEB1', [[runOf(1)]]);
  await world.dispatch();
  const [worker, job] = [`${BATCH}.a1`, `${BATCH}.a1.fetch`];
  await world.cluster.start(job);
  for (const name of [worker, `${worker}-settle-1`]) {
    world.machines.kill('process-batch', name, 'FAILED');
    await settleExecution(world.deps, { machine: 'process-batch', name, status: 'FAILED' });
    await world.machines.settled();
    expect(await world.stores.jobs.get(job)).toMatchObject({ status: 'started' });
    expect(world.machines.waitingIn()).toEqual(['RunJob']);
  }
  world.machines.kill('process-batch', `${worker}-settle-2`, 'FAILED');
  await settleExecution(world.deps, { machine: 'process-batch', name: `${worker}-settle-2`, status: 'FAILED' });
  await world.machines.settled();
  expect(await world.stores.jobs.get(job)).toMatchObject({ status: 'lost', cause: 'execution-failed' });
  await world.cluster.finishVerify(`${worker}.verify-1`);
  expect(await world.stores.batches.get(BATCH)).toMatchObject({ status: 'complete', attempt: 1 });
});

test('an execution that took up the wait again sees the work to its end', async () => {
  const world = lifeWorld();
  await world.plan('study:PRJEB1', [[runOf(1)]]);
  await world.dispatch();
  await world.cluster.start(`${BATCH}.a1.fetch`);
  world.machines.kill('process-batch', `${BATCH}.a1`, 'FAILED');
  await settleExecution(world.deps, { machine: 'process-batch', name: `${BATCH}.a1`, status: 'FAILED' });
  await world.machines.settled();
  await world.cluster.finishRun(`${BATCH}.a1.fetch`);
  await world.cluster.finishVerify(`${BATCH}.a1.verify-1`);
  expect(await world.stores.batches.get(BATCH)).toMatchObject({ status: 'complete', attempts: [{ attempt: 1, cause: 'finished' }] });
});

test('a provider that does not give its list is asked neither for each worker nor to end each', async () => {
  const life = await awayLife();
  await life.say('started', { ssh: SSH });
  const asked: string[] = [];
  const { list, probe, destroy } = life.away.provider;
  Object.assign(life.away.provider, {
    list: () => (asked.push('list'), list()),
    probe: (...args: Parameters<typeof probe>) => (asked.push('probe'), probe(...args)),
    destroy: (...args: Parameters<typeof destroy>) => (asked.push('destroy'), destroy(...args)),
  });
  life.away.silent = true;
  await life.probe();
  expect(asked).toEqual(['list']);
  await life.finished();
  await life.cluster.finishVerify(`${WORKER}.sweep-1`);
  expect(await life.worker()).toMatchObject({ status: 'destroying' });
  asked.length = 0;
  await life.probe();
  expect(asked).toEqual(['list']);
  life.away.silent = false;
  await life.probe();
  await life.probe();
  expect(await life.worker()).toMatchObject({ status: 'gone' });
  expect(await life.stores.jobs.get(RUN)).not.toMatchObject({ cause: MACHINE_GONE });
});

test('several beats in one minute ask an ending worker’s provider once', async () => {
  const life = await awayLife();
  await life.say('started', { ssh: SSH });
  await life.finished();
  life.away.silent = true;
  await life.cluster.finishVerify(`${WORKER}.sweep-1`);
  life.away.silent = false;
  const asked: string[] = [];
  const { destroy } = life.away.provider;
  // Its end takes its time.
  Object.assign(life.away.provider, { destroy: async () => (asked.push('destroy'), { outcome: 'done' }) });
  for (let beat = 0; beat < 4; beat += 1) await life.probe(10);
  expect(asked).toEqual(['destroy']);
  Object.assign(life.away.provider, { destroy });
  await life.probe();
  await life.probe();
  expect(await life.worker()).toMatchObject({ status: 'gone' });
});
