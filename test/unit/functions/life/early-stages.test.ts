/** Early sweeps of a worker that makes files of its own, which only what it signs at its end can vouch for. */
import { probeJobsHandler } from '../../../../functions/probe-jobs/handler';
import { EARLY_RULES } from '../../../../layers/core/dispatch/judge-early';
import { HOLD_RULES } from '../../../../layers/core/dispatch/judge-hold';
import type { Stage } from '../../../../layers/core/wire';
import { markStarted } from '../../../../layers/core/use-cases/mark-started';
import { BATCH, SOURCE, SSH, WORKER } from './away-life';
import { earlyJob, sweptRun } from './early-life';
import { lifeWorld, runOf, STAGE, type World } from './world';

const LOOK: Stage = {
  ...{ name: 'look', pipeline: 'look', revision: 'c'.repeat(12), pinned: 'd'.repeat(12), parameters: {}, after: ['fetch'] },
  resources: { cpus: 1, memoryMb: 100, timeMinutes: 300 },
};
const RUN = `${WORKER}.look`;

async function probe(world: World, seconds: number): Promise<void> {
  world.pass(seconds);
  const rules = { ...HOLD_RULES, holdSeconds: 3_600 };
  await probeJobsHandler({ ...world.deps, archive: { serves: async () => ({ outcome: 'same' }) }, rules, early: EARLY_RULES })({});
  await world.machines.settled();
}

test('only its word is brought, and what an early sweep should say of its runs counts for nothing', async () => {
  const world = lifeWorld({ stages: [STAGE, LOOK] });
  await world.plan(SOURCE, [[runOf(1), runOf(2)]]);
  await world.dispatch('droplet');
  const job = await world.stores.jobs.get(RUN);
  if (job === undefined) throw new Error('it has no job');
  await markStarted(world.deps, job, { actor: 'test' });
  await world.stores.jobs.note(RUN, { ssh: SSH });
  await world.machines.settled();
  await probe(world, EARLY_RULES.silenceSeconds);
  const { spec } = world.cluster.jobs.get(earlyJob(1))?.request ?? {};
  expect(spec).toMatchObject({ early: true, stage: 'look', runs: [], pull: { path: `${WORKER}/look` } });
  expect(spec).not.toHaveProperty('derived');
  expect(spec).not.toHaveProperty('earlier');
  await world.cluster.report(earlyJob(1), { runs: [sweptRun(1)] });
  world.away.machines.clear();
  for (let look = 0; look < 4; look += 1) await probe(world, 60);
  expect(await world.stores.batches.get(BATCH)).toMatchObject({
    status: 'planned',
    completeRuns: 0,
    attempts: [{ cause: 'machine-gone' }],
  });
});
