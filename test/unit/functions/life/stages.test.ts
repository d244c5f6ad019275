import type { Stage } from '../../../../layers/core/wire';
import { keyOf, lifeWorld, runOf, STAGE, type World } from './world';

const SOURCE = 'study:PRJEB1';
const BATCH = 'study-PRJEB1.1.1';
const LOOK: Stage = {
  ...{ name: 'look', pipeline: 'look', revision: 'c'.repeat(12), pinned: 'd'.repeat(12), parameters: { minQ30: 0.6 }, after: ['fetch'] },
  resources: { cpus: 2, memoryMb: 100, timeMinutes: 20 },
};
const MANIFEST = 'e'.repeat(64);
const done = (number: number, verdict?: string) => ({
  ...{ accession: runOf(number).accession, result: 'done' },
  stages: [
    { stage: 'fetch', result: 'done' },
    { stage: 'look', result: 'done', verdict: verdict ?? null },
  ],
});
const verified = (number: number, stages = ['fetch', 'look'], reason?: string) => ({
  ...{ accession: runOf(number).accession, filesHash: runOf(number).filesHash },
  ...{ result: reason === undefined ? 'verified' : 'missing', reason: reason ?? null },
  stages: stages.map((stage) => ({
    stage,
    revision: stage === 'look' ? LOOK.revision : STAGE.revision,
    bytes: stage === 'look' ? 7 : 100,
  })),
});

const planned = async (options: { readonly twice?: boolean } = {}): Promise<World> => {
  const world = lifeWorld({ ...options, stages: [STAGE, LOOK] });
  await world.plan(SOURCE, [[runOf(1), runOf(2)]]);
  await world.dispatch();
  return world;
};
async function goThrough(world: World, attempt: number, runs: readonly object[], ends: readonly object[]): Promise<void> {
  const worker = `${BATCH}.a${attempt}`;
  await world.cluster.start(`${worker}.look`);
  await world.cluster.report(`${worker}.look`, { exitCode: 0, runs, manifests: { look: MANIFEST } });
  await world.cluster.report(`${worker}.verify-1`, { runs: ends });
}
const keys = [runOf(1), runOf(2)].flatMap((run) => [keyOf(run), keyOf(run, LOOK)]);

test.each([{ twice: false }, { twice: true }])(
  'two stages are one job, verified against what its worker signed, with an outcome each (each function run twice: $twice)',
  async (options) => {
    const world = await planned(options);
    const asked = world.cluster.jobs.get(`${BATCH}.a1.look`)?.request;
    expect(asked?.resources).toMatchObject({ cpus: 2, memoryMb: 256, timeMinutes: 30 });
    expect(asked?.spec).toMatchObject({
      ...{ stage: 'look', pinned: LOOK.pinned, after: ['fetch'], staging: `staging/${BATCH}.a1/look` },
      earlier: [{ stage: 'fetch', revision: STAGE.revision, staging: `staging/${BATCH}.a1/fetch` }],
    });
    expect([...(await world.stores.claims.get(keys)).keys()].sort()).toEqual([...keys].sort());
    await goThrough(world, 1, [done(1), done(2, 'low-q30 few-reads')], [verified(1), verified(2)]);
    expect(world.cluster.jobs.get(`${BATCH}.a1.verify-1`)?.request.spec).toMatchObject({
      ...{ stage: 'look', derived: true, manifest: MANIFEST },
      earlier: [{ stage: 'fetch', staging: `staging/${BATCH}.a1/fetch` }],
    });
    expect(await world.stores.batches.get(BATCH)).toMatchObject({ status: 'complete', completeRuns: 2 });
    const outcomes = await world.stores.outcomes.get(keys);
    expect(keys.map((key) => [outcomes.get(key)?.result, outcomes.get(key)?.verdict])).toEqual([
      ['complete', undefined],
      ['complete', undefined],
      ['complete', undefined],
      ['complete', 'low-q30 few-reads'],
    ]);
    expect(await world.stores.claims.get(keys)).toEqual(new Map());
    await world.cluster.finishIndex('study-PRJEB1.1.index-1');
    expect(await world.stores.sources.get(SOURCE)).toMatchObject({
      ...{ lastRunStatus: 'warning', counts: { complete: 2, failed: 0 } },
      generatedWarning: [{ code: 'quality-doubtful', detail: 'of 2 verified: 1 few-reads, 1 low-q30' }],
    });
  },
);

test('a run whose last stage failed keeps the one before it, and is tried again', async () => {
  const world = await planned();
  await goThrough(world, 1, [done(1), done(2)], [verified(1), verified(2, ['fetch'], 'unsigned')]);
  const outcomes = await world.stores.outcomes.get(keys);
  expect(keys.filter((key) => outcomes.get(key)?.result === 'complete')).toEqual(keys.slice(0, 3));
  expect(await world.stores.batches.get(BATCH)).toMatchObject({ status: 'planned', completeRuns: 1 });
  world.pass(30);
  await world.dispatch();
  expect(world.cluster.jobs.get(`${BATCH}.a2.look`)?.request.spec).toMatchObject({ runs: [{ accession: 'ERR000002' }] });
  await goThrough(world, 2, [done(2)], [verified(2)]);
  expect(await world.stores.batches.get(BATCH)).toMatchObject({ status: 'complete', completeRuns: 2 });
});

test('a run that another batch fetches now is left to it, with no claim on what comes after', async () => {
  const world = lifeWorld({ stages: [STAGE, LOOK] });
  await world.plan('study:PRJEB2', [[runOf(1)]]);
  const [other] = await world.stores.batches.ofSource('study:PRJEB2');
  await world.stores.claims.claim([
    { fetchKey: keyOf(runOf(1)), holder: other?.batchId ?? '', waiters: [], claimedAt: '2026-01-01T00:00:00.000Z' },
  ]);
  await world.plan(SOURCE, [[runOf(1), runOf(2)]]);
  await world.dispatch();
  const batch = await world.stores.batches.get(BATCH);
  expect(batch).toMatchObject({ status: 'dispatched', linkedRuns: [`ERR000001#${runOf(1).filesHash}`] });
  const claims = await world.stores.claims.get(keys);
  expect(claims.get(keyOf(runOf(1)))).toMatchObject({ waiters: [SOURCE] });
  expect(claims.get(keyOf(runOf(1), LOOK))?.holder).not.toBe(BATCH);
  expect(world.cluster.jobs.get(`${BATCH}.a1.look`)?.request.spec).toMatchObject({ runs: [{ accession: 'ERR000002' }] });
});

test('a stage that is verified elsewhere needs no claim', async () => {
  const world = lifeWorld({ stages: [STAGE, LOOK] });
  await world.plan(SOURCE, [[runOf(1)]]);
  const at = '2026-01-01T00:00:00.000Z';
  await world.stores.outcomes.put([{ fetchKey: keyOf(runOf(1)), result: 'complete', bytes: 100, batchId: 'study-PRJEB9.1.1', at }]);
  await world.dispatch();
  expect([...(await world.stores.claims.get(keys)).keys()]).toEqual([keyOf(runOf(1), LOOK)]);
});
