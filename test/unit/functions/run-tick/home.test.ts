import { standingOf } from '../../../../layers/core/api/standing';
import { runJob } from '../../core/callbacks/messages';
import { CAPS, installation, run } from './installation';

const SOURCE = 'study:PRJEB1';
const RUNNING = { phase: 'running', cycle: 1, listingCycle: 1, plannedBatches: 3 } as const;
/** What `trawl show` says that its first batch waits for. */
const waiting = async ({ stores }: ReturnType<typeof installation>) => {
  const batches = await stores.batches.ofSource(SOURCE);
  const waitsOf = await standingOf({ stores, now: () => new Date(), caps: CAPS, budget: { timeZone: 'UTC' } }, batches);
  return waitsOf(batches[0]!, undefined);
};
const warnings = async (trawl: ReturnType<typeof installation>) =>
  (await trawl.stores.sources.get(SOURCE))?.generatedWarning.map(({ code }) => code);

/** A source with planned batches of 100 bytes each. */
async function planned(batches: number, caps: Parameters<typeof installation>[0] = {}) {
  const trawl = installation(caps);
  await trawl.addSource(SOURCE, RUNNING);
  for (let index = 1; index <= batches; index += 1) await trawl.addBatch(SOURCE, index, [run(index)]);
  return trawl;
}

test('space at home is asked for once and bounds what is reserved; the source is warned until there is space', async () => {
  const trawl = await planned(3, { homeFreeBytesMin: 1_000 });
  trawl.gate.setFreeBytes(1_250);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 2, waiting: { 'cap:home': 1 } }, warned: 1 });
  expect(trawl.gate.calls).toEqual({ disk: 1 });
  expect(await warnings(trawl)).toEqual(['home-full']);
  trawl.pass(60);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 0 }, warned: 0 });
  trawl.gate.setFreeBytes(1_300);
  trawl.pass(60);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1 }, warned: 1 });
  expect(await warnings(trawl)).toEqual([]);
});

test('a measurement is kept with its time, and used again for half a minute', async () => {
  const trawl = await planned(1, { total: 1 });
  await trawl.tick();
  await trawl.addBatch(SOURCE, 2, [run(2)]);
  expect(await trawl.stores.home.get()).toEqual({
    freeBytes: 1e15,
    totalBytes: 1e15,
    path: '/home',
    measuredAt: '2026-11-21T08:30:00.000Z',
  });
  trawl.pass(29);
  await trawl.tick();
  expect(trawl.gate.calls).toEqual({ disk: 1 });
  trawl.pass(1);
  await trawl.tick();
  expect(trawl.gate.calls).toEqual({ disk: 2 });
});

test('what a stage makes of its files is counted too', async () => {
  const trawl = await planned(3, { homeFactor: 2.5 });
  trawl.gate.setFreeBytes(600);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 2, waiting: { 'cap:home': 1 } } });
});

test('a head node that does not answer holds everything back, even where it was measured before, and it clears by itself', async () => {
  const trawl = await planned(1);
  await trawl.stores.home.put({ freeBytes: 1e15, totalBytes: 1e15, path: '/home', measuredAt: '2026-11-21T08:29:00.000Z' });
  trawl.gate.fail('disk', 'host-key-changed');
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 0, waiting: { 'cap:home-unknown': 1 } } });
  expect((await trawl.stores.sources.get(SOURCE))?.generatedWarning).toEqual([
    { code: 'home-unknown', detail: expect.stringContaining('host-key-changed') as string },
  ]);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1 } });
  expect(await warnings(trawl)).toEqual([]);
});

test('a batch that waits for more than a day for a place is warned of; one that a person keeps is not', async () => {
  const trawl = installation({ providers: {} });
  await trawl.addSource(SOURCE, RUNNING);
  await trawl.addSource('study:PRJEB2', { ...RUNNING, paused: true });
  await trawl.addBatch(SOURCE, 1, [run(1)], { createdAt: '2026-11-20T08:29:00.000Z' });
  await trawl.addBatch('study:PRJEB2', 1, [run(2)], { createdAt: '2026-11-20T08:29:00.000Z' });
  await trawl.tick();
  expect(await warnings(trawl)).toEqual(['long-pending']);
  expect((await trawl.stores.sources.get('study:PRJEB2'))?.generatedWarning).toEqual([]);
});

test('a job that has not started for a day is warned of, and no more when it has', async () => {
  const trawl = await planned(1);
  await trawl.tick();
  trawl.pass(24 * 3600 + 60);
  // Slurm was not asked yet: its word is stated when it is known.
  expect(await trawl.tick()).toMatchObject({ warned: 1 });
  await trawl.stores.jobs.add(runJob({ pendingReason: 'PartitionDown' }));
  await trawl.tick();
  expect((await trawl.stores.sources.get(SOURCE))?.generatedWarning).toEqual([
    {
      code: 'long-pending',
      detail: expect.stringContaining('study-PRJEB1.1.1, whose job waits at Slurm (PartitionDown at first)') as string,
    },
  ]);
  for (const pendingReason of ['Priority', 'Resources', 'Priority']) {
    await trawl.stores.jobs.note(runJob().jobId, { pendingReason });
    expect(await trawl.tick()).toMatchObject({ warned: 0 });
  }
  const stated = (await trawl.stores.events.ofSource(SOURCE)).items.filter(({ type }) => type === 'warnings-stated');
  expect(stated).toHaveLength(2);
  expect(await waiting(trawl)).toEqual({ code: 'slurm', text: 'Slurm does not start its job yet (Priority)' });
  const event = { entityId: 'x', sourceId: SOURCE, at: '2026-11-22T09:00:00.000Z', type: 'test', actor: 'test' };
  await trawl.stores.batches.change('study-PRJEB1.1.1', { from: 'dispatched', set: { status: 'running' }, event });
  await trawl.tick();
  expect(await warnings(trawl)).toEqual([]);
});

test('warnings of others stay, and nothing is written where nothing changed', async () => {
  const trawl = installation();
  await trawl.addSource(SOURCE, { generatedWarning: [{ code: 'runs-failed', detail: '' }] });
  expect(await trawl.tick()).toMatchObject({ warned: 0 });
  expect((await trawl.stores.sources.get(SOURCE))?.version).toBe(0);
});
