import { CycleSummary } from '../../../../layers/core/discovery/documents';
import { basisKey, sourceKeys } from '../../../../layers/core/discovery/keys';
import type { PriceList } from '../../../../layers/core/dispatch/worst-case';
import { PlanBasis } from '../../../../layers/core/planning/plan-basis';
import { BatchPlan } from '../../../../layers/core/wire';
import { aFlow } from '../../core/discovery/factories';

import { at, event, FREE, installed, sourceId, stage } from './installed';

it('stores plans, batches and the pointer to the listing', async () => {
  const { stores, objects, plan, get } = await installed();
  expect(await plan({ sourceId, cycle: 1 })).toEqual({ outcome: 'planned', batches: 3, runs: 5, bytes: 1000, approval: 'none' });
  expect(await get()).toMatchObject({
    listingCycle: 1,
    plannedBatches: 3,
    phase: 'running',
    approval: 'none',
    counts: { known: 6, complete: 0 },
  });
  const batches = await stores.batches.ofSource(sourceId, 1);
  expect(batches.map(({ batchId, runCount, bytes, status }) => ({ batchId, runCount, bytes, status }))).toEqual([
    { batchId: 'study-PRJEB28810.1.1', runCount: 2, bytes: 400, status: 'planned' },
    { batchId: 'study-PRJEB28810.1.2', runCount: 2, bytes: 400, status: 'planned' },
    { batchId: 'study-PRJEB28810.1.3', runCount: 1, bytes: 200, status: 'planned' },
  ]);
  const plans = await Promise.all(batches.map(({ planKey }) => objects.getJson(planKey, BatchPlan)));
  expect(plans.flatMap((one) => one?.runs.map(({ accession }) => accession) ?? []).sort()).toEqual(
    [0, 1, 2, 3, 4].map((index) => `ERR10000${index}`),
  );
});

it('carries the stages of the version that the comparison took, whatever was imported since', async () => {
  const { stores, objects, plan } = await installed();
  await stores.workflows.add(aFlow(1));
  await stores.workflows.add(aFlow(2, 500));
  const summary = (await objects.getJson(sourceKeys(sourceId, 1).summary, CycleSummary))!;
  await objects.putJson(sourceKeys(sourceId, 1).summary, {
    ...summary,
    workflow: { name: 'flow', version: 1, home: 'fetch@0123456789ab' },
  });
  await plan({ sourceId, cycle: 1 });
  const [batch] = await stores.batches.ofSource(sourceId, 1);
  expect(batch).toMatchObject({ stage: 'look', earlierStages: [{ name: 'fetch', revision: stage.revision }], providers: ['slurm'] });
  const stored = await objects.getJson(batch?.planKey ?? '', BatchPlan);
  expect(stored?.stages).toMatchObject([
    stage,
    { name: 'look', revision: batch?.revision, resources: { timeMinutes: 5 }, pinned: 'a'.repeat(12) },
  ]);
});

it('plans a stage that the chosen provider cannot do as child batches, one each, of the same plan', async () => {
  const { stores, objects, plan, get } = await installed({ provider: 'droplet' });
  await stores.workflows.add(aFlow(1));
  const summary = (await objects.getJson(sourceKeys(sourceId, 1).summary, CycleSummary))!;
  const workflow = { name: 'flow', version: 1, home: 'fetch@0123456789ab' };
  await objects.putJson(sourceKeys(sourceId, 1).summary, { ...summary, workflow });
  expect(await plan({ sourceId, cycle: 1 })).toMatchObject({ outcome: 'planned', batches: 6, runs: 5 });
  expect(await get()).toMatchObject({ plannedBatches: 6 });
  const batches = await stores.batches.ofSource(sourceId, 1);
  expect(batches.map(({ index, stage: of, providers, parents = [] }) => [index, of, providers, parents])).toEqual(
    [1, 2, 3]
      .map((index): unknown[] => [index, 'fetch', ['droplet'], []])
      .concat([4, 5, 6].map((index) => [index, 'look', ['slurm'], [`study-PRJEB28810.1.${index - 3}`]])),
  );
  const [parent, child] = await Promise.all([batches[0], batches[3]].map((batch) => objects.getJson(batch?.planKey ?? '', BatchPlan)));
  expect(child).toMatchObject({ inputs: [`fetch@${stage.revision}`], parents: [parent?.batchId], stages: [{ name: 'look' }] });
  expect(child?.runs).toEqual(parent?.runs);
  expect([parent?.stages.map(({ name }) => name), batches[3]?.earlierStages]).toEqual([['fetch'], undefined]);
});

it('waits on the claims of linked runs, so that their end evaluates the source', async () => {
  const { stores, plan, objects } = await installed();
  const linked = objects.text(sourceKeys(sourceId, 1).included)!.trimEnd().split('\n').at(-1)!;
  const { fetchKey } = JSON.parse(linked) as { fetchKey: string };
  await stores.claims.claim([{ fetchKey, holder: 'taxon-9031.1.1', waiters: [], claimedAt: at }]);
  await plan({ sourceId, cycle: 1 });
  expect((await stores.claims.get([fetchKey])).get(fetchKey)?.waiters).toEqual([sourceId]);
});

it('changes nothing when it runs again, also when the source moved on', async () => {
  const { stores, plan, get } = await installed();
  const first = await plan({ sourceId, cycle: 1 });
  const before = [await get(), await stores.batches.ofSource(sourceId)];
  expect(await plan({ sourceId, cycle: 1 })).toEqual(first);
  expect([await get(), await stores.batches.ofSource(sourceId)]).toEqual(before);
  await stores.sources.change(await get(), { cycle: 2 }, event);
  expect(await plan({ sourceId, cycle: 1 })).toEqual({ outcome: 'stale' });
});

it.each([
  ['any', '3 dollars', 'waiting'],
  ['droplet', '3 dollars', 'waiting'],
  ['slurm', 'nothing', 'none'],
] as const)('of a source that may run at %s a plan costs %s at most, and its limit in dollars counts', async (provider, _, approval) => {
  // An hour begun is an hour: twelve of them until a worker is surely gone, at three batches.
  const hours = Math.ceil((600 * 4 + stage.resources.timeMinutes * 60 + 900 + 3600) / 3600);
  const rateOf: PriceList = (name) => (name === 'droplet' ? { dollarsPerHour: 1 / hours, egressDollarsPerGib: 0 } : FREE);
  const { plan, get } = await installed({ provider, limits: { runs: 9, bytes: 1e12, dollars: 2.5 } }, 5, rateOf);
  expect(await plan({ sourceId, cycle: 1 })).toMatchObject({ approval });
  expect((await get()).approvalReason).toBe(approval === 'none' ? undefined : '3.00 dollars, above the limit of 2.50');
});

it('warns of what the comparison counted, and takes back what an earlier plan warned of', async () => {
  const generatedWarning = ['retry-needed', 'layout-inferred', 'runs-failed'].map((code) => ({ code, detail: 'old' }));
  const { objects, plan, get } = await installed({ generatedWarning });
  const key = sourceKeys(sourceId, 1).summary;
  const summary = await objects.getJson(key, CycleSummary);
  await objects.putJson(key, { ...summary, excludedByRule: { 'no-files': 1 }, states: { ...summary?.states, excluded: 1 } });
  await plan({ sourceId, cycle: 1 });
  expect((await get()).generatedWarning).toEqual([
    { code: 'runs-failed', detail: 'old' },
    { code: 'files-missing', detail: '1 run left out: 1 no-files' },
  ]);
});

it('is cut by what was learned, and stays so when it is made again', async () => {
  const { stores, objects, plan } = await installed({ provider: 'slurm' });
  const record = { provider: 'slurm', stage: stage.name, revision: stage.revision, batches: 7, seconds: [0, 540, 0], updatedAt: at };
  await stores.paces.learn({ ...record, covariance: Array<number>(9).fill(0), version: 1 }, 'w1');
  await plan({ sourceId, cycle: 1 });
  const before = await stores.batches.ofSource(sourceId, 1);
  // Ten minutes is the limit of the stage, and a run takes nine.
  expect(before.map(({ runCount, estimate }) => ({ runCount, estimate }))).toEqual(
    Array(5).fill({ runCount: 1, estimate: { seconds: 540, learnedFrom: 7 } }),
  );
  await stores.paces.learn({ ...record, seconds: [0, 1, 0], covariance: Array<number>(9).fill(0), version: 2 }, 'w2');
  await stores.sources.change((await stores.sources.get(sourceId))!, { listingCycle: 0, phase: 'listing' }, event);
  await plan({ sourceId, cycle: 1 });
  expect(await stores.batches.ofSource(sourceId, 1)).toEqual(before);
  expect(await objects.getJson(basisKey(sourceId, 1), PlanBasis)).toMatchObject({ maxSeconds: 600, learnedFrom: 7 });
});

it('waits for approval above a limit, and a newer plan supersedes it', async () => {
  const { stores, plan, compared, get } = await installed({ limits: { runs: 4, bytes: 1e12, dollars: 1 } });
  expect(await plan({ sourceId, cycle: 1 })).toMatchObject({ approval: 'waiting' });
  expect(await get()).toMatchObject({ phase: 'awaiting approval', approval: 'waiting', approvalReason: '5 runs, above the limit of 4' });
  await stores.sources.change(await get(), { cycle: 2, phase: 'listing', limits: { runs: 9, bytes: 1e12, dollars: 1 } }, event);
  await compared(2);
  expect(await plan({ sourceId, cycle: 2 })).toMatchObject({ approval: 'none', batches: 3 });
  const source = await get();
  expect(source).toMatchObject({ listingCycle: 2, phase: 'running', approval: 'none' });
  expect(source.approvalReason).toBeUndefined();
  const statuses = (await stores.batches.ofSource(sourceId)).map(({ cycle, status }) => `${cycle} ${status}`);
  expect([...new Set(statuses)].sort()).toEqual(['1 superseded', '2 planned']);
});

it('stores a plan without batches when nothing is due', async () => {
  const { plan, get } = await installed({}, 0);
  expect(await plan({ sourceId, cycle: 1 })).toMatchObject({ batches: 0, runs: 0, approval: 'none' });
  expect(await get()).toMatchObject({ listingCycle: 1, plannedBatches: 0, phase: 'running' });
});

it.each([
  ['where its source may', {}, ['slurm', 'droplet']],
  ['where a person wants it', { provider: 'droplet' }, ['droplet']],
] as const)('says in plan and batch that it may run %s', async (_, source, expected) => {
  const { stores, objects, plan } = await installed(source);
  await plan({ sourceId, cycle: 1 });
  const [batch] = await stores.batches.ofSource(sourceId, 1);
  expect(batch?.providers).toEqual(expected);
  expect((await objects.getJson(batch?.planKey ?? '', BatchPlan))?.providers).toEqual(expected);
});
