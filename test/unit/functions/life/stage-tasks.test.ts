import { slurmProvider } from '../../../../layers/adapters/slurm/provider';
import { TaskLimits } from '../../../../layers/core/task-limits';
import type { Stage } from '../../../../layers/core/wire';
import { lifeWorld, runOf, STAGE, type World } from './world';

const SOURCE = 'study:PRJEB1';
const JOB = 'study-PRJEB1.1.1.a1.last';
const stage = (name: string, after: string, tasks?: 'cluster'): Stage => ({
  ...{ name, pipeline: name, revision: 'c'.repeat(12), parameters: {}, after: [after] },
  ...{ resources: { cpus: 1, memoryMb: 100, timeMinutes: 20 }, ...(tasks && { tasks }) },
});

const dispatched = async (tasks: TaskLimits | undefined): Promise<World> => {
  const world = lifeWorld({ stages: [STAGE, stage('assemble', 'fetch', 'cluster'), stage('last', 'assemble')] });
  const providers = new Map(world.deps.providers).set('slurm', slurmProvider(world.cluster.gate, { installation: 'test', tasks }));
  Object.assign(world.deps, { providers });
  await world.plan(SOURCE, [[runOf(1)]]);
  await world.dispatch();
  return world;
};

test('the worker is told which of its stages has its tasks run by the cluster, and how many', async () => {
  const world = await dispatched(TaskLimits.parse({ queueSize: 3 }));
  const spec = world.cluster.jobs.get(JOB)?.request.spec;
  expect(spec).toMatchObject({ stage: 'last', taskLimits: { queueSize: 3 } });
  expect((spec?.['earlier'] as readonly Stage[]).map(({ tasks }) => tasks)).toEqual([undefined, 'cluster']);
  expect(spec).not.toHaveProperty('tasks', 'cluster');
});

test('a plan of before the installation took that back ends with a person, not with a worker that cannot', async () => {
  const world = await dispatched(undefined);
  expect(world.cluster.jobs.get(JOB)).toBeUndefined();
  const batch = await world.stores.batches.get('study-PRJEB1.1.1');
  expect(batch).toMatchObject({ status: 'partial', attempts: [{ cause: 'tasks-not-allowed' }] });
  expect(await world.stores.sources.get(SOURCE)).toMatchObject({ needsAttention: { reason: 'provider-refuses' } });
});
