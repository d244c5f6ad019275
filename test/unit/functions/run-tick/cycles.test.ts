import { installation } from './installation';

const DUE = '2026-11-21T08:00:00.000Z';

test('an idle tick does nothing and asks nobody', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1');
  expect(await trawl.tick()).toMatchObject({ outcome: 'idle', sources: { started: 0 } });
  expect(trawl.machines.started).toEqual([]);
  expect(trawl.gate.calls).toEqual({});
});

test('a due source starts its next cycle under its own name', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', { nextCheckAt: DUE, cycle: 3 });
  expect(await trawl.tick()).toMatchObject({ sources: { started: 1 } });
  expect(trawl.machines.started).toEqual([
    { machine: 'check-source', name: 'study-PRJEB1.4', input: { sourceId: 'study:PRJEB1', cycle: 4 } },
  ]);
  expect(await trawl.stores.sources.get('study:PRJEB1')).toMatchObject({
    cycle: 4,
    cycleRunning: true,
    phase: 'listing',
    pool: 'scheduled',
  });
});

test('a check that a person asked for goes first and plans into the manual pool', async () => {
  const trawl = installation({ cyclesAtOnce: 1 });
  await trawl.addSource('study:PRJEB1', { nextCheckAt: DUE, priority: 6 });
  await trawl.addSource('study:PRJEB2', { checkRequested: true });
  await trawl.tick();
  expect(trawl.started('check-source')).toEqual(['study-PRJEB2.1']);
  expect(await trawl.stores.sources.get('study:PRJEB2')).toMatchObject({ pool: 'manual', checkRequested: false });
});

test('never checked goes before long ago, within one priority, and only so many at once', async () => {
  const trawl = installation({ cyclesAtOnce: 3 });
  await trawl.addSource('study:PRJEB1', { nextCheckAt: DUE, lastCheckedAt: '2026-11-02T00:00:00.000Z' });
  await trawl.addSource('study:PRJEB2', { nextCheckAt: DUE, lastCheckedAt: '2026-11-01T00:00:00.000Z' });
  await trawl.addSource('study:PRJEB3', { nextCheckAt: DUE });
  await trawl.addSource('study:PRJEB4', { nextCheckAt: DUE, lastCheckedAt: '2026-11-03T00:00:00.000Z', priority: 4 });
  await trawl.tick();
  expect(trawl.started('check-source')).toEqual(['study-PRJEB4.1', 'study-PRJEB3.1', 'study-PRJEB2.1']);
  expect(await trawl.tick()).toMatchObject({ sources: { started: 0 } });
});

test.each([
  { name: 'paused', with_: { paused: true } },
  { name: 'of priority 0', with_: { priority: 0 } },
  { name: 'stopped', with_: { priority: -1 } },
  { name: 'under attention', with_: { needsAttention: { reason: 'x', detail: 'x', step: 'x', at: DUE } } },
  { name: 'still running its last plan', with_: { phase: 'running' as const, plannedBatches: 1, listingCycle: 1 } },
])('a source that is $name starts no cycle', async ({ with_ }) => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', { nextCheckAt: DUE, checkRequested: true, ...with_ });
  await trawl.tick();
  expect(trawl.started('check-source')).toEqual([]);
});

test('a plan that waits for approval is superseded by a newer cycle', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', { nextCheckAt: DUE, phase: 'awaiting approval', approval: 'waiting', cycle: 1 });
  await trawl.tick();
  expect(trawl.started('check-source')).toEqual(['study-PRJEB1.2']);
});

test('a start that was lost after the write is repeated by the next tick', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', { cycle: 2, cycleRunning: true, cycleStartedAt: DUE, phase: 'listing' });
  expect(await trawl.tick()).toMatchObject({ sources: { repaired: 1 } });
  expect(trawl.started('check-source')).toEqual(['study-PRJEB1.2']);
  expect(await trawl.tick()).toMatchObject({ sources: { repaired: 0 } });
});

test('a cycle whose execution ended without settling is freed after a while, not at once', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', { nextCheckAt: DUE });
  await trawl.tick();
  trawl.machines.end('check-source', 'study-PRJEB1.1', 'FAILED');
  await trawl.tick();
  expect(await trawl.stores.sources.get('study:PRJEB1')).toMatchObject({ cycleRunning: true });
  trawl.pass(301);
  await trawl.tick();
  expect(await trawl.stores.sources.get('study:PRJEB1')).toMatchObject({ cycleRunning: false, phase: 'idle', lastRunStatus: 'warning' });
  expect(trawl.started('check-source')).toEqual(['study-PRJEB1.1']);
});

test('two ticks at once are one tick, and a lease that its holder left runs out', async () => {
  const trawl = installation();
  await trawl.stores.leases.take('heartbeat', 'another', '2026-11-21T08:29:00.000Z', '2026-11-21T08:35:00.000Z');
  await trawl.addSource('study:PRJEB1', { nextCheckAt: DUE });
  expect(await trawl.tick()).toEqual({ outcome: 'idle' });
  trawl.pass(600);
  expect(await trawl.tick()).toMatchObject({ sources: { started: 1 } });
});

test('a kick that meets a running tick looks again, a bounded number of times', async () => {
  const trawl = installation();
  await trawl.stores.leases.take('heartbeat', 'another', '2026-11-21T08:29:00.000Z', '2026-11-21T08:35:00.000Z');
  expect(await trawl.tick('kick-a', 2)).toEqual({ outcome: 'busy', next: { id: 'kick-a', again: 1 } });
  expect(await trawl.tick('kick-a', 0)).toEqual({ outcome: 'idle' });
});

test('a source that runs with nothing in motion is evaluated again and gets published', async () => {
  const trawl = installation();
  await trawl.addSource('study:PRJEB1', { phase: 'running', cycle: 1, listingCycle: 1, plannedBatches: 1 });
  await trawl.addBatch('study:PRJEB1', 1, [], { status: 'complete' });
  await trawl.noIncluded('study:PRJEB1');
  await trawl.tick();
  expect(trawl.started('publish-source')).toEqual(['study-PRJEB1.1.index-1']);
});
