import { markStarted } from '../../../../layers/core/use-cases/mark-started';
import { awayLife, BATCH, SOURCE, WORKER } from './away-life';
import { PLACES } from './away-provider';
import { lifeWorld, runOf, type World } from './world';

const [FIRST = '', SECOND = ''] = PLACES;
const HOUR = 3600;
/** Its worker never says a word: every wait for it runs out, and the next attempt is dispatched. */
async function neverStarts(world: World, provider = 'droplet'): Promise<void> {
  for (let look = 0; look < 4; look += 1) await world.machines.timeOut('AwaitStarted');
  world.pass(900);
  await world.dispatch(provider);
}
const attemptsOf = async (world: World) => (await world.stores.batches.get(BATCH))?.attempts ?? [];
const failing = (count: number, at: string) =>
  Array.from({ length: count }, (_, index) => ({ workerId: `w${index}`, at, cause: 'start-deadline' }));

test('a worker that never starts counts against its place, and the next is made elsewhere', async () => {
  const world = await awayLife();
  expect(await world.worker()).toMatchObject({ place: FIRST });
  await neverStarts(world);
  expect(await attemptsOf(world)).toMatchObject([
    { attempt: 1, cause: 'start-deadline', provider: 'droplet', place: FIRST, dollars: 0.25 },
  ]);
  expect(await world.stores.breakers.get('droplet', FIRST)).toMatchObject({ failures: [{ workerId: WORKER, cause: 'start-deadline' }] });
  expect(world.away.requests.at(-1)?.avoid).toEqual({ places: [], ratherNot: [FIRST] });
  expect(await world.stores.workers.get(`${BATCH}.a2`)).toMatchObject({ place: SECOND });
});

test('where the answer to its create was lost, its place is known all the same', async () => {
  const world = await awayLife(({ away }) => away.loseAnswer('now'));
  expect(await world.worker()).toMatchObject({ status: 'requested', place: FIRST });
  await neverStarts(world);
  expect(await world.stores.breakers.get('droplet', FIRST)).toMatchObject({ failures: [{ workerId: WORKER }] });
});

test('an open breaker keeps workers away; when it has rested one is tried, and its start closes it', async () => {
  const world = lifeWorld();
  const at = world.now().toISOString();
  const openUntil = new Date(world.now().getTime() + HOUR * 1000).toISOString();
  await world.stores.breakers.put({ provider: 'droplet', place: FIRST, failures: failing(3, at), openUntil, version: 1 });
  await world.plan(SOURCE, [[runOf(1)], [runOf(2)], [runOf(3)]]);
  await world.dispatch('droplet');
  expect(world.away.requests.map(({ avoid }) => avoid?.places)).toEqual([[FIRST], [FIRST], [FIRST]]);
  world.pass(HOUR);
  await world.plan('study:PRJEB2', [[runOf(4)], [runOf(5)]]);
  await world.dispatch('droplet');
  expect(world.away.requests.slice(3).map(({ avoid }) => avoid?.places)).toEqual([[], [FIRST]]);
  const trial = await world.stores.workers.get('study-PRJEB2.1.1.a1');
  expect(trial).toMatchObject({ place: FIRST });
  expect(await world.stores.breakers.get('droplet', FIRST)).toMatchObject({ trial: { workerId: trial?.workerId } });
  const job = (await world.stores.jobs.get(`${trial?.workerId ?? ''}.fetch`))!;
  await markStarted(world.deps, job, { actor: 'callback' });
  expect(await world.stores.breakers.get('droplet', FIRST)).toEqual({ provider: 'droplet', place: FIRST, failures: [], version: 3 });
});

test('while every place rests a batch waits, and that costs no attempt', async () => {
  const world = lifeWorld();
  const openUntil = new Date(world.now().getTime() + HOUR * 1000).toISOString();
  for (const place of PLACES) await world.stores.breakers.put({ provider: 'droplet', place, failures: [], openUntil, version: 1 });
  await world.plan(SOURCE, [[runOf(1)]]);
  await world.dispatch('droplet');
  expect(await world.stores.batches.get(BATCH)).toMatchObject({
    status: 'planned',
    attempt: 1,
    attemptLimit: 4,
    attempts: [{ cause: 'places-resting' }],
  });
});

test('an attempt on a node that failed is followed by one that is kept off that node', async () => {
  const world = lifeWorld();
  await world.plan(SOURCE, [[runOf(1)]]);
  await world.dispatch();
  const job = `${WORKER}.fetch`;
  await world.cluster.start(job);
  await world.stores.jobs.note(job, { node: 'n7' });
  await world.cluster.lose(job, 'slurm-node-fail');
  await world.cluster.finishVerify(`${WORKER}.verify-1`, { [runOf(1).accession]: 'missing' });
  expect(await attemptsOf(world)).toMatchObject([{ cause: 'slurm-node-fail', provider: 'slurm', node: 'n7' }]);
  world.pass(900);
  await world.dispatch();
  expect(world.cluster.jobs.get(`${BATCH}.a2.fetch`)?.request.resources).toMatchObject({ exclude: ['n7'] });
});

test('a run that ENA does not have is left out of the next attempt with its reason; the batch ends partial, the others home', async () => {
  const world = lifeWorld();
  await world.plan(SOURCE, [[runOf(1), runOf(2)]]);
  await world.dispatch();
  const [gone, cut] = [runOf(1).accession, runOf(2).accession];
  await world.cluster.start(`${WORKER}.fetch`);
  await world.cluster.finishRun(`${WORKER}.fetch`, { [gone]: 'http-404', [cut]: 'truncated' });
  await world.cluster.finishVerify(`${WORKER}.verify-1`, { [gone]: 'missing', [cut]: 'missing' });
  expect(await world.stores.batches.get(BATCH)).toMatchObject({ status: 'planned', excludedRuns: 1 });
  world.pass(900);
  await world.dispatch();
  const next = `${BATCH}.a2`;
  const runs = world.cluster.jobs.get(`${next}.fetch`)?.request.spec['runs'] as readonly { readonly accession: string }[];
  expect(runs.map(({ accession }) => accession)).toEqual([cut]);
  await world.cluster.start(`${next}.fetch`);
  await world.cluster.finishRun(`${next}.fetch`);
  await world.cluster.finishVerify(`${next}.verify-1`);
  expect(await world.stores.batches.get(BATCH)).toMatchObject({ status: 'partial', completeRuns: 1, failedRuns: 1 });
});

test('after the last attempt the attention has the whole story', async () => {
  const world = await awayLife();
  for (let attempt = 1; attempt <= 3; attempt += 1) await neverStarts(world);
  const { needsAttention } = (await world.stores.sources.get(SOURCE))!;
  expect(needsAttention?.reason).toBe('attempts-exhausted');
  expect(needsAttention?.detail.match(/^attempt \d at droplet .*: start-deadline .*it cost \$/gm)).toHaveLength(3);
});
