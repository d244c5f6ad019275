import type { Stage } from '../../../../layers/core/wire';
import { keyOf, lifeWorld, runOf, STAGE, type World } from './world';

const SOURCE = 'study:PRJEB1';
const batchId = (index: number): string => `study-PRJEB1.1.${index}`;
const stage = (name: string, revision: string, more: Partial<Stage>): Stage => ({
  ...{ name, pipeline: name, revision: revision.repeat(12), pinned: 'd'.repeat(12), parameters: {} },
  resources: { cpus: 1, memoryMb: 100, timeMinutes: 20 },
  ...more,
});
const FETCH: Stage = { ...STAGE, providers: ['droplet', 'slurm'] };
const LOOK = stage('look', 'c', { after: ['fetch'] });
const COMPARE = stage('compare', 'e', { after: ['fetch', 'look'], join: true });
const MANIFEST = 'e'.repeat(64);

type Ends = 'done' | 'failed' | 'broken';
interface Given {
  readonly attempt?: number;
  readonly verdict?: string;
}
const NAMES: Readonly<Record<string, readonly Stage[]>> = { look: [FETCH, LOOK], compare: [COMPARE] };

/** Ends a job and its verification: each run as said; *failed*: for a reason that comes again, in its last stage. */
async function goThrough(
  world: World,
  index: number,
  last: string,
  runs: Readonly<Record<number, Ends>>,
  given: Given = {},
): Promise<void> {
  const worker = `${batchId(index)}.a${given.attempt ?? 1}`;
  const stages = NAMES[last] ?? [];
  const [numbers, reason] = [
    Object.entries(runs),
    (ends: Ends) => (ends === 'done' ? null : ends === 'failed' ? 'no-reads' : 'no-outcome'),
  ];
  await world.cluster.start(`${worker}.${last}`);
  await world.cluster.report(`${worker}.${last}`, {
    ...{ exitCode: 0, manifests: { [last]: MANIFEST } },
    runs: numbers.map(([number, ends]) => ({
      ...{ accession: runOf(Number(number)).accession, result: ends === 'done' ? 'done' : 'failed', reason: reason(ends) },
      stages: stages.map(({ name }) => ({ stage: name, result: 'done', verdict: given.verdict ?? null })),
    })),
  });
  await world.cluster.report(`${worker}.verify-1`, {
    runs: numbers.map(([number, ends]) => ({
      ...{ accession: runOf(Number(number)).accession, filesHash: runOf(Number(number)).filesHash },
      ...{ result: ends === 'done' ? 'verified' : 'missing', reason: null },
      stages: (ends === 'done' ? stages : stages.slice(0, -1)).map(({ name, revision }) => ({ stage: name, revision, bytes: 7 })),
    })),
  });
}

const planned = async (options: { readonly twice?: boolean } = {}): Promise<World> => {
  const world = lifeWorld({ ...options, stages: [FETCH, LOOK, COMPARE] });
  await world.plan(SOURCE, [[runOf(1), runOf(2)], [runOf(3)]]);
  expect(await world.dispatch()).toEqual(['dispatched', 'dispatched', 'waiting']);
  return world;
};
const statusOf = async (world: World, index: number) => (await world.stores.batches.get(batchId(index)))?.status;
const specOf = (world: World, index: number, job: string) => world.cluster.jobs.get(`${batchId(index)}.${job}`)?.request.spec;

test.each([{ twice: false }, { twice: true }])(
  'a join waits for all batches, works on what they brought home, and the source is complete with it (each function run twice: $twice)',
  async (options) => {
    const world = await planned(options);
    await goThrough(world, 1, 'look', { 1: 'done', 2: 'done' }, { verdict: 'low-q30' });
    expect(await world.dispatch()).toEqual(['waiting']);
    expect(await world.stores.sources.get(SOURCE)).toMatchObject({ phase: 'running' });
    await goThrough(world, 2, 'look', { 3: 'done' });
    expect(await world.dispatch()).toEqual(['dispatched']);
    const inputs = [FETCH, LOOK].map(({ name, revision }) => ({ stage: name, revision }));
    const runs = [1, 2, 3].map((number) => ({ accession: runOf(number).accession }));
    expect(specOf(world, 3, 'a1.compare')).toMatchObject({ stage: 'compare', after: ['fetch', 'look'], inputs, runs });
    expect(specOf(world, 3, 'a1.compare')).not.toHaveProperty('earlier');
    await goThrough(world, 3, 'compare', { 1: 'done', 2: 'done', 3: 'done' }, { verdict: 'odd' });
    expect(specOf(world, 3, 'a1.verify-1')).toMatchObject({ stage: 'compare', derived: true, manifest: MANIFEST, inputs });
    expect(await world.stores.batches.get(batchId(3))).toMatchObject({ status: 'complete', completeRuns: 3, attempt: 1 });
    const outcomes = await world.stores.outcomes.get([1, 3].map((number) => keyOf(runOf(number), COMPARE)));
    // What earlier stages said goes on with the run.
    expect([...outcomes.values()].map(({ verdict }) => verdict)).toEqual(['low-q30 odd', 'odd']);
    await world.cluster.finishIndex('study-PRJEB1.1.index-1');
    expect(await world.stores.sources.get(SOURCE)).toMatchObject({ counts: { complete: 3, failed: 0 } });
  },
);

test('a run that a stage before failed is left out of the join, told of with a reason, and the others go on', async () => {
  const world = await planned();
  await goThrough(world, 1, 'look', { 1: 'done', 2: 'failed' });
  expect(await statusOf(world, 1)).toBe('partial');
  await goThrough(world, 2, 'look', { 3: 'done' });
  await world.dispatch();
  expect(specOf(world, 3, 'a1.compare')).toMatchObject({ runs: [{ accession: 'ERR000001' }, { accession: 'ERR000003' }] });
  const key = keyOf(runOf(2), COMPARE);
  expect((await world.stores.outcomes.get([key])).get(key)).toMatchObject({ result: 'failed', reason: 'earlier-stage-failed' });
  // A second attempt of the child counts that run once.
  await goThrough(world, 3, 'compare', { 1: 'done', 3: 'broken' });
  expect(await statusOf(world, 3)).toBe('planned');
  world.pass(30);
  await world.dispatch();
  expect(specOf(world, 3, 'a2.compare')).toMatchObject({ runs: [{ accession: 'ERR000003' }] });
  await goThrough(world, 3, 'compare', { 3: 'done' }, { attempt: 2 });
  expect(await world.stores.batches.get(batchId(3))).toMatchObject({ status: 'partial', completeRuns: 2, failedRuns: 1 });
  await world.cluster.finishIndex('study-PRJEB1.1.index-1');
  expect(await world.stores.sources.get(SOURCE)).toMatchObject({ counts: { complete: 2, failed: 1 } });
});

test('a batch without a run left to work on ends without a worker: partial where its parents failed, cancelled where somebody cancelled them', async () => {
  const failed = await planned();
  await goThrough(failed, 1, 'look', { 1: 'failed', 2: 'failed' });
  await goThrough(failed, 2, 'look', { 3: 'failed' });
  expect(await failed.dispatch()).toEqual(['linked']);
  expect(await failed.stores.batches.get(batchId(3))).toMatchObject({ status: 'partial', failedRuns: 3, attempt: 0 });
  expect(await failed.stores.sources.get(SOURCE)).toMatchObject({ counts: { complete: 0, failed: 3 } });
  const gone = lifeWorld({ stages: [FETCH, LOOK, COMPARE] });
  await gone.plan(SOURCE, [[runOf(1)]]);
  const event = { entityId: batchId(1), sourceId: SOURCE, at: gone.now().toISOString(), type: 'batch-cancelled', actor: 'test' };
  await gone.stores.batches.change(batchId(1), { from: 'planned', where: {}, set: { status: 'cancelled' }, event });
  await gone.dispatch();
  expect(await statusOf(gone, 2)).toBe('cancelled');
});

test('a child whose parent waits for a place itself waits too, and is not over', async () => {
  const world = lifeWorld({ stages: [FETCH, LOOK, COMPARE] });
  await world.plan(SOURCE, [[runOf(1)]]);
  const event = { entityId: batchId(1), sourceId: SOURCE, at: world.now().toISOString(), type: 'batch-backs-off', actor: 'test' };
  await world.stores.batches.change(batchId(1), { from: 'planned', where: {}, set: { notBefore: '2027-01-01T00:00:00.000Z' }, event });
  expect(await world.dispatch()).toEqual(['waiting']);
  expect(await statusOf(world, 2)).toBe('planned');
});

test('what a parent left to another batch is waited for', async () => {
  const world = lifeWorld({ stages: [FETCH, LOOK, COMPARE] });
  await world.plan('study:PRJEB2', [[runOf(1)]]);
  await world.dispatch();
  await world.plan(SOURCE, [[runOf(1)]]);
  // Its own first batch has nothing to do; the other source's batch still works on the run.
  expect(await world.dispatch()).toEqual(expect.arrayContaining(['linked', 'waiting']));
  expect([await statusOf(world, 1), await statusOf(world, 2)]).toEqual(['complete', 'planned']);
  await world.dispatch();
  expect(await statusOf(world, 2)).toBe('planned');
});
