import { lifeWorld, runOf } from './world';

const BATCH = 'study-PRJEB1.1.1';

test.each([
  { name: 'that never started is let go', started: 'never-started', hasStarted: false, status: 'destroying', sweeps: 0 },
  { name: 'that started after all is swept', started: 'never-started', hasStarted: true, status: 'sweeping', sweeps: 1 },
  { name: 'of which nobody knows is swept', started: 'unknown', hasStarted: false, status: 'sweeping', sweeps: 1 },
] as const)('a worker $name', async ({ started, hasStarted, status, sweeps }) => {
  const world = lifeWorld();
  await world.plan('study:PRJEB1', [[runOf(1)]]);
  await world.dispatch();
  if (hasStarted) await world.cluster.start(`${BATCH}.a1.fetch`);
  const workerId = `${BATCH}.a1`;
  await world.handlers['AwaitSwept']?.({ batchId: BATCH, attempt: 1, workerId, started, taskToken: 'token' } as never);
  await world.machines.settled();
  expect(await world.stores.workers.get(workerId)).toMatchObject({ status });
  expect(world.machines.executions.filter(({ machine }) => machine === 'sweep-results')).toHaveLength(sweeps);
});
