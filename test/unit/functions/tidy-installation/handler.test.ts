import { tidyInstallationHandler } from '../../../../functions/tidy-installation/handler';
import { memoryGate } from '../../../../layers/adapters/fakes/gate';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { CHANGES, RUN_STATES } from '../../../../layers/core/discovery/documents';
import { beginTidying } from '../../../../layers/core/reaping/tidying-lease';
import { sourceKeys } from '../../../../layers/core/discovery/keys';
import { admission, batch, event, source } from '../../../contract/stores/samples';

const SOURCE = 'study:PRJEB1';
const DAY = 86_400_000;
const CYCLE = { id: 'cycle-1' };

async function installation(name = 'trawl') {
  const stores = memoryStores();
  let now = new Date('2026-01-01T12:00:00.000Z');
  const objects = memoryObjects(() => now);
  const gate = memoryGate();
  await stores.sources.add(source(SOURCE, { listingCycle: 2, cycle: 2 }), event(SOURCE, 'added'));
  const none = (words: readonly string[]) => Object.fromEntries(words.map((word) => [word, 0]));
  const noRows = { known: 0, changes: none(CHANGES), states: none(RUN_STATES), excludedByRule: {}, dueBytes: 0 };
  for (const cycle of [1, 2]) {
    await objects.putJson(`listings/study-PRJEB1/${cycle}/listing.parquet`, cycle);
    await objects.putJson(`listings/study-PRJEB1/${cycle}/raw.tsv.gz`, cycle);
    await objects.putJson(sourceKeys(SOURCE, cycle).summary, { v: 1, sourceId: SOURCE, cycle, ...noRows });
  }
  const retention = { rawDays: 30, listingDays: 365, jobDays: 90 };
  const versions = { list: async () => [], remove: async () => undefined };
  const deps = { stores, objects, gate, retention, versions, partition: 'data', installation: name, now: () => now };
  return {
    ...{ stores, objects, gate, deps },
    tidy: () => tidyInstallationHandler(deps)(CYCLE),
    isFreeFor: (id: string) => beginTidying(deps, id),
    pass: (days: number) => {
      now = new Date(now.getTime() + days * DAY);
    },
  };
}

test('raw answers go after their time, replaced listings after theirs, and what counts stays', async () => {
  const trawl = await installation();
  expect(await trawl.tidy()).toMatchObject({ outcome: 'tidied', sources: 1, objectsRemoved: 0 });
  expect(await trawl.isFreeFor('cycle-2')).toBe(false);
  trawl.pass(31);
  expect(await trawl.tidy()).toMatchObject({ objectsRemoved: 2 });
  trawl.pass(400);
  expect(await trawl.tidy()).toMatchObject({ objectsRemoved: 1 });
  expect(trawl.objects.keys()).toEqual([
    'listings/study-PRJEB1/2/listing.parquet',
    'sources/study-PRJEB1/1/summary.json',
    'sources/study-PRJEB1/2/summary.json',
  ]);
});

test('without the summary of the last good listing nothing is removed', async () => {
  const trawl = await installation();
  await trawl.objects.remove([sourceKeys(SOURCE, 2).summary]);
  trawl.pass(999);
  expect(await trawl.tidy()).toMatchObject({ objectsRemoved: 0 });
});

test('one job a day tidies at home, and is told which batches are still of use', async () => {
  const trawl = await installation();
  const [waiting, held, over] = [1, 2, 3].map((index) => batch(SOURCE, index));
  await trawl.stores.batches.addPlanned([waiting!, held!, { ...over!, status: 'complete' }]);
  await trawl.stores.workers.admit(admission(held!, [{ scope: 'total', maxWorkers: 1 }]));
  const settle = { from: 'dispatched', set: { status: 'partial' }, event: event(SOURCE, 'settled') } as const;
  await trawl.stores.batches.change(held!.batchId, settle);
  expect(await trawl.tidy()).toMatchObject({ home: 'submitted' });
  await trawl.tidy();
  expect(trawl.gate.submitted).toHaveLength(1);
  expect(trawl.gate.submitted[0]).toMatchObject({
    ...{ key: 'trawl.home.20260101.trawl.clean', kind: 'clean', enrolment: null, resources: { partition: 'data' } },
    spec: { installation: 'trawl', before: Date.parse('2025-10-03T12:00:00Z') / 1000, keep: ['study-PRJEB1.1.1', 'study-PRJEB1.1.2'] },
  });
});

test('installations that share a root tidy it by jobs whose folders they do not share', async () => {
  const both = [await installation(), await installation('other')];
  for (const each of both) await each.tidy();
  const [first, second] = both.map(({ gate }) => gate.submitted[0]);
  expect(first?.jobId).toMatch(/clean$/);
  expect(second?.jobId).not.toBe(first?.jobId);
});

test('what the job of yesterday did is told', async () => {
  const trawl = await installation();
  await trawl.tidy();
  const report = {
    v: 1,
    jobId: 'home.20260101.trawl.clean',
    kind: 'clean',
    result: 'finished',
    startedAt: 'x',
    endedAt: 'y',
    removed: ['jobs/a', 'staging/b'],
  };
  trawl.gate.move('home.20260101.trawl.clean', { state: 'COMPLETED', report });
  trawl.pass(1);
  await trawl.tidy();
  const { items } = await trawl.stores.events.ofSource('installation');
  expect(items.map(({ type, detail }) => [type, detail])).toEqual([['home-tidied', 'finished: 2 folders']]);
});

test('a cluster that is away is told and keeps nothing else from being done', async () => {
  const trawl = await installation();
  trawl.pass(31);
  trawl.gate.fail('submit', 'unreachable');
  expect(await trawl.tidy()).toMatchObject({ home: 'failed: unreachable', objectsRemoved: 2 });
});

test('a source whose objects cannot be listed fails alone', async () => {
  const trawl = await installation();
  const objects = { ...trawl.objects, list: async () => Promise.reject(new Error('throttled')) };
  await expect(tidyInstallationHandler({ ...trawl.deps, objects })(CYCLE)).rejects.toMatchObject({ name: 'TickIncompleteError' });
  // It has not had its day: another cycle may try.
  expect(await trawl.isFreeFor('cycle-2')).toBe(true);
  expect(trawl.gate.submitted).toHaveLength(1);
});
