import type { Batch } from '../../../../layers/core/entities';
import { batch as anyBatch } from '../../../contract/stores/samples';
import { installation, REVISION, run } from './installation';

const RUNNING = { phase: 'running', cycle: 1, listingCycle: 1, plannedBatches: 1 } as const;
const [LARGE, SMALL] = ['taxon:562', 'study:PRJEB2'];

/** More planned batches than a beat looks at when nothing can go, all before those of any other source. */
const many = (trawl: ReturnType<typeof installation>, with_: Partial<Batch> = {}): Promise<void> =>
  trawl.stores.batches.addPlanned(
    Array.from({ length: 700 }, (_, at) =>
      anyBatch(LARGE, at + 1, { revision: REVISION, createdAt: '2026-11-01T00:00:00.000Z', planKey: 'plans/first.json', ...with_ }),
    ),
  );

test.each([
  { name: 'waits for approval', with_: { phase: 'awaiting approval', approval: 'waiting', approvalReason: 'runs' } as const },
  { name: 'is paused', with_: { paused: true } },
  { name: 'needs a person', with_: { needsAttention: { reason: 'x', detail: 'x', step: 'x', at: '2026-11-21T08:00:00.000Z' } } },
])('a large plan that $name holds nobody else', async ({ with_ }) => {
  const trawl = installation();
  await trawl.addSource(LARGE, { ...RUNNING, plannedBatches: 700, ...with_ });
  await trawl.addSource(SMALL, RUNNING);
  await many(trawl);
  const batchId = await trawl.addBatch(SMALL, 1, [run(1)]);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1 } });
  expect(await trawl.stores.batches.get(batchId)).toMatchObject({ status: 'dispatched' });
});

test('a large plan of the manual pool, whose places are taken, never holds the scheduled one', async () => {
  const trawl = installation({ pools: { scheduled: 1, manual: 0 } });
  await trawl.addSource(LARGE, { ...RUNNING, plannedBatches: 700 });
  await trawl.addSource(SMALL, RUNNING);
  await many(trawl, { pool: 'manual' });
  await trawl.addBatch(SMALL, 1, [run(1)]);
  const counters = jest.spyOn(trawl.stores.workers, 'counters');
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 1, waiting: { 'cap:pool/manual': 700 } } });
  // Not once for each of those that wait.
  expect(counters.mock.calls.length).toBeLessThan(5);
});

test('a large source leaves places to the others, and to one whose priority was raised since', async () => {
  const trawl = installation({ perSource: 1, total: 3 });
  await trawl.addSource(LARGE, { ...RUNNING, plannedBatches: 700 });
  await trawl.addSource(SMALL, { ...RUNNING, priority: 6 });
  await many(trawl);
  await trawl.addBatch(LARGE, 1_000, [run(2)], { createdAt: '2026-10-01T00:00:00.000Z' });
  const raised = await trawl.addBatch(SMALL, 1, [run(1)]);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 2, waiting: { [`cap:source/${LARGE}`]: 700 } } });
  expect(await trawl.stores.batches.get(raised)).toMatchObject({ status: 'dispatched' });
});

test('while no place is free not all of them are read', async () => {
  const trawl = installation({ total: 0 });
  await trawl.addSource(LARGE, { ...RUNNING, plannedBatches: 700 });
  await many(trawl);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 0, waiting: { 'cap:total': 500 } } });
});
