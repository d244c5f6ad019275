import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { ACTIONS, actOnSource, type Action } from '../../../../layers/core/api/source-actions';
import type { Source } from '../../../../layers/core/entities';
import { fetchKeyOf } from '../../../../layers/core/ids';
import { batch, event, source, worker } from '../../../contract/stores/samples';
import { containing } from '../../matchers';

const ID = 'study:PRJEB28810';
const NOW = '2026-11-21T10:00:00.000Z';
const ATTENTION = { reason: 'results-held', detail: 'x', step: 's', at: NOW };
const CLEARED = [{ code: 'attention-cleared', detail: 'results-held was cleared; a check is asked for' }];
const installation = async (with_: Partial<Source> = {}) => {
  const deps = { stores: memoryStores(), objects: memoryObjects(), now: () => new Date(NOW) };
  await deps.stores.sources.add(source(ID, with_), event(ID, 'source-added'));
  return { ...deps, act: (action: Action) => actOnSource(deps, ID, action, 'ada') };
};

test.each(ACTIONS)('%s of an unknown source is missing', async (action) => {
  const { stores, objects, now } = await installation();
  expect(await actOnSource({ stores, objects, now }, 'taxon:1', action, 'ada')).toEqual({ outcome: 'missing' });
});

test.each<readonly [Action, string, Partial<Source>, string]>([
  ['check', 'needs attention', { needsAttention: ATTENTION }, 'clear it first'],
  ['check', 'is paused', { paused: true }, 'resume it first'],
  ['check', 'runs a cycle', { cycleRunning: true }, 'running already'],
  ['approve', 'has no plan that waits', {}, 'no plan waits'],
  ['approve', 'is making a newer plan', { approval: 'waiting', cycleRunning: true, phase: 'listing' }, 'a cycle is running'],
  ['clear', 'needs no attention', {}, 'needs no attention'],
  ['cancel', 'has nothing in motion', {}, 'nothing is planned or running'],
])('%s is refused where the source %s, and nothing changes', async (action, _, with_, reason) => {
  const { stores, act } = await installation(with_);
  expect(await act(action)).toEqual({ outcome: 'refused', reason: containing(reason) });
  expect(await stores.sources.get(ID)).toEqual(source(ID, with_));
});

test.each<readonly [Action, Partial<Source>, Partial<Source>]>([
  ['check', {}, { checkRequested: true, nextCheckAt: NOW }],
  ['approve', { phase: 'awaiting approval', approval: 'waiting', approvalReason: 'many' }, { phase: 'running', approval: 'approved' }],
  ['pause', {}, { paused: true }],
  ['resume', { paused: true }, { paused: false }],
  ['clear', { needsAttention: ATTENTION, lastRunStatus: 'error' }, { checkRequested: true, lastRunStatus: 'new' }],
  [
    'clear',
    { needsAttention: ATTENTION, lastRunStatus: 'error', listingCycle: 1 },
    { lastRunStatus: 'warning', generatedWarning: CLEARED },
  ],
  ['clear', { needsAttention: ATTENTION, lastRunStatus: 'error', phase: 'running' }, { lastRunStatus: 'in progress' }],
  ['cancel', { phase: 'awaiting approval', approval: 'waiting', approvalReason: 'many' }, { phase: 'idle', approval: 'none' }],
])('%s does it, once, and the history names who asked', async (action, before, after) => {
  const { stores, act } = await installation(before);
  const acted = await act(action);
  expect(acted).toMatchObject({ outcome: 'done', source: after });
  const stored = await stores.sources.get(ID);
  expect(stored).toMatchObject(after);
  expect(stored?.needsAttention ?? stored?.approvalReason).toBeUndefined();
  expect((await stores.events.ofSource(ID)).items[0]).toMatchObject({ actor: 'ada' });
});

test('a check while batches run says that it comes after them', async () => {
  const { act } = await installation({ phase: 'running' });
  expect(await act('check')).toMatchObject({ outcome: 'done', detail: containing('running batches') });
});

test('somebody else’s write in between is told and not overwritten', async () => {
  const { stores, act } = await installation();
  const get = stores.sources.get.bind(stores.sources);
  stores.sources.get = async (id) => {
    const read = await get(id);
    if (read) await stores.sources.change(read, { priority: 5 }, event(ID, 'other'));
    return read;
  };
  expect(await act('pause')).toEqual({ outcome: 'refused', reason: containing('at the same moment') });
  expect(await get(ID)).toMatchObject({ priority: 5, paused: false });
});

test('cancel ends planned batches and lets go of their runs, marks running ones, and leaves ended ones alone', async () => {
  const { stores, objects, act } = await installation({ phase: 'running', listingCycle: 1 });
  const planned = batch(ID, 1, { attempt: 1 });
  await stores.batches.addPlanned([planned, batch(ID, 2, { status: 'running', attempt: 1 }), batch(ID, 3, { status: 'complete' })]);
  const run = {
    accession: 'ERR000001',
    filesHash: 'a'.repeat(64),
    files: [{ name: 'a.gz', url: 'http://a/a.gz', bytes: 1, md5: 'b'.repeat(32) }],
    metadata: {},
  };
  const stage = { name: 'fetch', pipeline: 'fetch', revision: planned.revision, parameters: {} };
  await objects.putJson(planned.planKey, {
    ...{ v: 1, batchId: planned.batchId, sourceId: ID, cycle: 1, parents: [], inputs: [], pool: 'scheduled', priority: 0, bytes: 300 },
    ...{ providers: ['slurm'], stages: [{ ...stage, resources: { cpus: 1, memoryMb: 1, timeMinutes: 1 } }], runs: [run] },
  });
  const fetchKey = fetchKeyOf(run.accession, run.filesHash, planned.stage, planned.revision);
  await stores.claims.claim([{ fetchKey, holder: planned.batchId, waiters: [], claimedAt: NOW }]);

  expect(await act('cancel')).toMatchObject({ outcome: 'done', detail: '1 batch cancelled, 1 being stopped' });
  expect((await stores.batches.ofSource(ID)).map(({ status, cancelRequested }) => [status, cancelRequested])).toEqual([
    ['cancelled', false],
    ['running', true],
    ['complete', false],
  ]);
  expect((await stores.claims.get([fetchKey])).size).toBe(0);
});

test('a waiting plan that is cancelled leaves a warning that says how many runs are open', async () => {
  const { stores, act } = await installation({ phase: 'awaiting approval', approval: 'waiting', approvalReason: 'many', listingCycle: 1 });
  await stores.batches.addPlanned([batch(ID, 1, { cycle: 1, runCount: 2 }), batch(ID, 2, { cycle: 1, runCount: 3 })]);
  expect(await act('cancel')).toMatchObject({
    outcome: 'done',
    source: {
      phase: 'idle',
      lastRunStatus: 'warning',
      generatedWarning: [{ code: 'runs-open', detail: '5 runs are open; due at the next check' }],
    },
  });
});

test('clearing attention has held workers of this source swept again, and no other', async () => {
  const { stores, act } = await installation({ needsAttention: ATTENTION });
  for (const [at, id] of [ID, 'taxon:562'].entries()) {
    await stores.batches.addPlanned([batch(id, 1)]);
    await stores.workers.admit({
      worker: worker(batch(id, 1).batchId, id, { status: 'held', sweepFailures: 5 }),
      batch: { batchId: batch(id, 1).batchId, from: 'planned', set: { status: 'sweeping' }, event: event(id, `admit-${at}`) },
      caps: [],
    });
  }
  expect(await act('clear')).toMatchObject({ outcome: 'done', detail: '1 held workers are swept again' });
  const alive = await stores.workers.alive();
  expect(Object.fromEntries(alive.map(({ sourceId, status, sweepFailures }) => [sourceId, `${status} ${sweepFailures}`]))).toEqual({
    [ID]: 'ready 0',
    'taxon:562': 'held 5',
  });
});
