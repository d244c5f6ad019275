/** One worker whose provider the configuration has lost is an error, and holds nobody else. */
import { probeJobsHandler } from '../../../../functions/probe-jobs/handler';
import { probeWorkerHandler } from '../../../../functions/probe-worker/handler';
import { EARLY_RULES } from '../../../../layers/core/dispatch/judge-early';
import { HOLD_RULES } from '../../../../layers/core/dispatch/judge-hold';
import { changeWorker } from '../../../../layers/core/use-cases/change-status';
import { lifeWorld, runOf, type World } from './world';

const [ORPHAN, OTHER] = ['study-PRJEB1.1.1.a1', 'study-PRJEB2.1.1.a1'];

/** A droplet that works, a job of the cluster beside it, and then a configuration without droplets. */
async function orphaned(): Promise<World> {
  const world = lifeWorld();
  await world.plan('study:PRJEB1', [[runOf(1)]]);
  await world.dispatch('droplet');
  world.pass(1);
  await world.plan('study:PRJEB2', [[runOf(2)]]);
  await world.dispatch('slurm');
  (world.deps.providers as Map<string, unknown>).delete('droplet');
  world.pass(60);
  return world;
}
const probe = (world: World) => {
  const holds = {
    archive: { serves: async () => ({ outcome: 'same' }) as const },
    rules: { ...HOLD_RULES, holdSeconds: 3_600 },
    early: EARLY_RULES,
  };
  return probeJobsHandler({ ...world.deps, ...holds })({});
};
const NAMED = { name: 'TickIncompleteError', message: expect.stringContaining('no provider droplet is configured') as unknown };
const leave = (world: World, workerId: string) => changeWorker(world.deps, workerId, 'destroy', { actor: 'test', nothingToSweep: true });

test('a job that cannot be asked about keeps no other worker from its end', async () => {
  const world = await orphaned();
  await leave(world, OTHER);
  await world.deps.gate.cancel(`${OTHER}.fetch`, `test.${OTHER}.fetch`);
  await expect(probe(world)).rejects.toMatchObject(NAMED);
  expect(await world.stores.workers.get(OTHER)).toMatchObject({ status: 'gone' });
});

test('a worker that cannot be asked to end keeps no other from its end, nor those behind it', async () => {
  const world = await orphaned();
  await leave(world, ORPHAN);
  await leave(world, OTHER);
  await world.deps.gate.cancel(`${OTHER}.fetch`, `test.${OTHER}.fetch`);
  await expect(probe(world)).rejects.toMatchObject(NAMED);
  expect([await world.stores.workers.get(ORPHAN), await world.stores.workers.get(OTHER)]).toMatchObject([
    { status: 'destroying' },
    { status: 'gone' },
  ]);
});

test('what failed is told also where the cluster could not be asked', async () => {
  const world = await orphaned();
  jest.spyOn(world.deps.gate, 'status').mockResolvedValue({ outcome: 'unknown', detail: 'no answer' });
  await expect(probe(world)).rejects.toMatchObject(NAMED);
});

test('an attempt whose wait timed out is not ended by the failure of another one, and is by its own', async () => {
  const world = await orphaned();
  const look = (workerId: string) => probeWorkerHandler(world.deps)({ workerId, jobId: `${workerId}.fetch`, waiting: 'started', looks: 0 });
  expect(await look(OTHER)).toMatchObject({ next: 'AwaitStarted', looks: 1 });
  await expect(look(ORPHAN)).rejects.toThrow('no provider droplet is configured');
});
