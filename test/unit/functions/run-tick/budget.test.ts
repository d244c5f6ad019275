import { installation, keyOf, run } from './installation';

const SOURCE = 'study:PRJEB1';
const RUNNING = { phase: 'running', cycle: 1, listingCycle: 1, plannedBatches: 1 } as const;
/** A worker lives for 600 × 4 + 600 + 900 s and is destroyed within an hour: three hours begun. */
const RATE = { dollarsPerHour: 1, egressDollarsPerGib: 0 };
const rateOf = (provider: string) => (provider === 'droplet' ? RATE : { ...RATE, dollarsPerHour: 0 });
const BOTH = { providers: { droplet: 9, slurm: 9 } };
const DROPLETS = { providers: { droplet: 9 } };

async function planned(dollarsPerDay: number, caps = DROPLETS, count = 2) {
  const trawl = installation(caps, rateOf, { dollarsPerDay, timeZone: 'Europe/London' });
  await trawl.addSource(SOURCE, { ...RUNNING, plannedBatches: count });
  const names = Object.keys(caps.providers);
  for (let index = 1; index <= count; index += 1) await trawl.addBatch(SOURCE, index, [run(index)], { providers: names });
  return trawl;
}
const batchOf = async (trawl: Awaited<ReturnType<typeof planned>>, index: number) =>
  (await trawl.stores.batches.ofSource(SOURCE)).find((batch) => batch.index === index);

test('the budget holds the second batch back, with the figures, and it takes no claims; the next day pays for it', async () => {
  const trawl = await planned(5);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1, waiting: { 'budget:day': 1 } } });
  expect((await trawl.stores.claims.get([keyOf(run(2))])).size).toBe(0);
  expect(await batchOf(trawl, 2)).toMatchObject({ status: 'planned', needs: { provider: 'droplet', dollars: 3 } });
  const worker = (await trawl.stores.workers.get('study-PRJEB1.1.1.a1'))!;
  expect(worker).toMatchObject({ reservedDollars: 3, dollarsPerHourAtMost: 1 });
  const gone = { entityId: worker.workerId, sourceId: SOURCE, at: worker.requestedAt, type: 'gone', actor: 'test' };
  await trawl.stores.workers.free(worker, 'requested', gone, { day: '2026-11-21', month: '2026-11', dollars: 2.5 });
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 0, waiting: { 'budget:day': 1 } } });
  trawl.pass(24 * 3600);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1 } });
  expect((await batchOf(trawl, 2))?.needs).toBeUndefined();
});

test('a refusal is one line of history, not one a beat', async () => {
  const trawl = await planned(1, DROPLETS, 1);
  for (let beat = 0; beat < 3; beat += 1) await trawl.tick();
  const lines = (await trawl.stores.events.ofSource(SOURCE)).items.filter(({ type }) => type === 'batch-refused');
  expect(lines).toHaveLength(1);
  expect(lines[0]?.detail).toMatch(/can never pay for it, until a person raises it: it may cost \$3\.00; of \$1\.00 a day/);
});

test('what the budget cannot pay for goes where it costs nothing', async () => {
  const trawl = await planned(1, BOTH, 1);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1 } });
  expect(await trawl.stores.workers.get('study-PRJEB1.1.1.a1')).toMatchObject({ provider: 'slurm', reservedDollars: 0 });
});

test('a worker that outlives what was reserved for it is reserved for by the hour, and nothing new is made', async () => {
  const trawl = await planned(7);
  await trawl.tick();
  expect(await batchOf(trawl, 2)).toMatchObject({ status: 'dispatched' });
  trawl.pass(6 * 3600);
  expect(await trawl.tick()).toMatchObject({ reservationsRaised: 2 });
  expect(await trawl.stores.workers.get('study-PRJEB1.1.1.a1')).toMatchObject({ reservedDollars: 7 });
  await trawl.addBatch(SOURCE, 3, [run(3)], { providers: ['droplet'] });
  expect(await trawl.tick()).toMatchObject({ reservationsRaised: 0, dispatch: { dispatched: 0, waiting: { 'budget:day': 1 } } });
});

test('one source has no more places than its cap', async () => {
  const trawl = installation({ perSource: 1 });
  await trawl.addSource(SOURCE, { ...RUNNING, plannedBatches: 2 });
  for (const index of [1, 2]) await trawl.addBatch(SOURCE, index, [run(index)]);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1, waiting: { [`cap:source/${SOURCE}`]: 1 } } });
});
