import { runState } from '../../../../layers/core/discovery/run-state';
import { giveUpHold, retryHold } from '../../../../layers/core/use-cases/holds';
import { isolation } from '../../../../layers/core/use-cases/isolate';
import { providerLists } from '../../../../layers/core/use-cases/list-providers';
import { reconcileWorkers } from '../../../../layers/core/use-cases/reconcile-workers';
import { keyOf, lifeWorld, runOf, type World } from './world';

const SOURCE = 'study:PRJEB1';
const BATCH = 'study-PRJEB1.1.1';
const WORKER = `${BATCH}.a1`;

/** Run to its end, then held by a cause that time cannot mend. */
async function held(): Promise<World> {
  const world = lifeWorld();
  await world.plan(SOURCE, [[runOf(1), runOf(2)]]);
  await world.dispatch();
  await world.cluster.start(`${WORKER}.fetch`);
  await world.cluster.finishRun(`${WORKER}.fetch`);
  world.pass(60);
  await world.cluster.lose(`${WORKER}.verify-1`, 'group-unknown');
  return world;
}
const worker = (world: World) => world.stores.workers.get(WORKER);
const slots = async (world: World) => (await world.stores.workers.counters()).map(({ workers }) => workers);

test('a held worker says since when and why', async () => {
  const world = await held();
  expect(await worker(world)).toMatchObject({ status: 'held', heldAt: '2026-01-01T00:01:00.000Z', heldCause: 'group-unknown' });
});

test('what is given up is ended by the heartbeat, frees its slot, and its runs are due when a person asks for a check', async () => {
  const world = await held();
  expect(await slots(world)).toEqual([1]);
  expect(await giveUpHold(world.deps, WORKER, 'ada')).toMatchObject({ outcome: 'done', worker: { status: 'destroying' } });
  await reconcileWorkers({ ...world.deps, ...isolation(), lists: providerLists(world.deps) });
  expect(await worker(world)).toMatchObject({ status: 'gone' });
  expect(await slots(world)).toEqual([0]);
  const fetchKey = keyOf(runOf(1));
  const outcome = (await world.stores.outcomes.get([fetchKey])).get(fetchKey);
  const claim = (await world.stores.claims.get([fetchKey])).get(fetchKey);
  expect([outcome?.result, claim]).toEqual(['failed', undefined]);
  const judged = { ...runOf(1), fetchKey, verdict: 'included', change: 'unchanged' } as Parameters<typeof runState>[0];
  const state = (isManual: boolean) => runState(judged, { outcome, claim }, { sourceId: SOURCE, now: world.now(), isManual });
  expect([state(true), state(false)]).toEqual(['due', 'failed']);
});

test('a sweep that a person asked for and that fails again holds the worker anew, with the new cause', async () => {
  const world = await held();
  world.pass(3600);
  expect(await retryHold(world.deps, WORKER, 'ada')).toMatchObject({ outcome: 'done' });
  await world.machines.start('sweep-results', 'tick', { id: 'tick' });
  await world.machines.settled();
  await world.cluster.lose(`${WORKER}.verify-2`, 'group-unknown');
  expect(await worker(world)).toMatchObject({ status: 'held', heldAt: '2026-01-01T01:01:00.000Z', sweepFailures: 1 });
});
