/** What is swept after its worker was held counts like what is swept in time: every stage that is home, and what the stages said. */
import { retryHold } from '../../../../layers/core/use-cases/holds';
import type { Stage } from '../../../../layers/core/wire';
import { keyOf, lifeWorld, runOf, STAGE, type World } from './world';

const SOURCE = 'study:PRJEB1';
const WORKER = 'study-PRJEB1.1.1.a1';
const LOOK: Stage = {
  ...{ name: 'look', pipeline: 'look', revision: 'c'.repeat(12), parameters: {}, after: ['fetch'] },
  resources: { cpus: 1, memoryMb: 100, timeMinutes: 10 },
};
const saidOf = (number: number) => ({
  ...{ accession: runOf(number).accession, result: 'done' },
  stages: [STAGE, LOOK].map(({ name }) => ({ stage: name, result: 'done', verdict: name === 'look' ? 'low-q30' : null })),
});
const homeOf = (number: number, stages: readonly Stage[]) => ({
  ...{ accession: runOf(number).accession, filesHash: runOf(number).filesHash },
  ...{ result: stages.includes(LOOK) ? 'verified' : 'missing', reason: stages.includes(LOOK) ? null : 'missing' },
  stages: stages.map(({ name, revision }) => ({ stage: name, revision, bytes: 100 })),
});

async function sweptLate(): Promise<World> {
  const world = lifeWorld({ stages: [STAGE, LOOK] });
  await world.plan(SOURCE, [[runOf(1), runOf(2)]]);
  await world.dispatch();
  await world.cluster.start(`${WORKER}.look`);
  await world.cluster.report(`${WORKER}.look`, { exitCode: 0, runs: [saidOf(1), saidOf(2)], manifests: { look: 'e'.repeat(64) } });
  await world.cluster.lose(`${WORKER}.verify-1`, 'group-unknown');
  expect(await retryHold(world.deps, WORKER, 'ada')).toMatchObject({ outcome: 'done' });
  await world.machines.start('sweep-results', 'tick', { id: 'tick' });
  await world.machines.settled();
  await world.cluster.report(`${WORKER}.verify-2`, { runs: [homeOf(1, [STAGE, LOOK]), homeOf(2, [STAGE])] });
  return world;
}

test('the stages before the last are home too, and what was said of a run stays', async () => {
  const world = await sweptLate();
  const keys = [keyOf(runOf(1), LOOK), keyOf(runOf(1)), keyOf(runOf(2))];
  const outcomes = await world.stores.outcomes.get(keys);
  expect(keys.map((key) => outcomes.get(key)?.result)).toEqual(['complete', 'complete', 'complete']);
  expect(outcomes.get(keyOf(runOf(1), LOOK))?.verdict).toBe('low-q30');
});
