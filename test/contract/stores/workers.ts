import type { Batch, Worker } from '../../../layers/core/entities';
import type { CapCounter } from '../../../layers/core/records';
import type { Stores } from '../../../layers/core/ports/stores';
import { admission, batch, event, FREE, LATER, newSourceId, worker } from './samples';

/** Scopes of its own for each test: the counters are the installation's. */
const capsOf = (name: string, maxWorkers: number, maxBytes?: number) => [
  { scope: `${name}/total`, maxWorkers: 100 },
  { scope: `${name}/pool`, maxWorkers, ...(maxBytes === undefined ? {} : { maxBytes }) },
];
const plannedBatches = async (stores: Stores, count: number): Promise<readonly Batch[]> => {
  const sourceId = newSourceId();
  const batches = Array.from({ length: count }, (_, place) => batch(sourceId, place + 1));
  await stores.batches.addPlanned(batches);
  return batches;
};
const one = async (stores: Stores): Promise<Batch> => (await plannedBatches(stores, 1))[0] ?? batch(newSourceId(), 1);
const counted = async (stores: Stores, scope: string): Promise<CapCounter | undefined> =>
  (await stores.workers.counters()).find((counter) => counter.scope === scope);
const freeing = (item: Worker) => event(item.sourceId, 'worker-gone', LATER);

export const workersStayWithinCaps = (stores: () => Stores): void => {
  test('an admission puts the worker, dispatches the batch, counts up and writes history, all in one', async () => {
    const item = await one(stores());
    const wanted = admission(item, capsOf('whole', 1, 100));
    await expect(stores().workers.admit(wanted)).resolves.toEqual({ outcome: 'admitted' });
    await expect(stores().workers.get(wanted.worker.workerId)).resolves.toEqual(wanted.worker);
    await expect(stores().batches.get(item.batchId)).resolves.toEqual({ ...item, status: 'dispatched', attempt: 1 });
    await expect(counted(stores(), 'whole/pool')).resolves.toEqual({ scope: 'whole/pool', workers: 1, bytes: 100 });
    expect((await stores().events.ofSource(item.sourceId)).items.map(({ type }) => type)).toEqual(['batch-dispatched']);
  });

  test('a repeated admission conflicts and counts nothing, also where the cap is full', async () => {
    const item = await one(stores());
    const wanted = admission(item, capsOf('repeat', 1));
    await stores().workers.admit(wanted);
    await expect(stores().workers.admit(wanted)).resolves.toEqual({ outcome: 'conflict' });
    await expect(counted(stores(), 'repeat/pool')).resolves.toMatchObject({ workers: 1 });
  });

  test.each([
    { name: 'as many workers as the cap allows', caps: capsOf('full', 0), by: 'full/pool' },
    { name: 'too many bytes for what is left', caps: capsOf('bytes', 5, 99), by: 'bytes/pool' },
  ])('a refusal names the scope and leaves no trace: $name', async ({ caps, by }) => {
    const item = await one(stores());
    await expect(stores().workers.admit(admission(item, caps))).resolves.toEqual({ outcome: 'refused', by });
    await expect(stores().batches.get(item.batchId)).resolves.toEqual(item);
    await expect(stores().workers.get(worker(item.batchId, item.sourceId).workerId)).resolves.toBeUndefined();
    expect((await counted(stores(), by))?.workers ?? 0).toBe(0);
    expect((await stores().events.ofSource(item.sourceId)).items).toEqual([]);
  });

  test('a batch that is no longer planned, or not as it was read, conflicts', async () => {
    const item = await one(stores());
    const wanted = admission(item, capsOf('moved', 5));
    const cancelled = { ...wanted, batch: { ...wanted.batch, where: { cancelRequested: true } } };
    await expect(stores().workers.admit(cancelled)).resolves.toEqual({ outcome: 'conflict' });
    const set = { status: 'superseded' } as const;
    await stores().batches.change(item.batchId, { from: 'planned', set, event: event(item.sourceId, 'batch-superseded') });
    await expect(stores().workers.admit(wanted)).resolves.toEqual({ outcome: 'conflict' });
  });

  test('of twenty that are admitted at once under a cap of three exactly three are', async () => {
    const batches = await plannedBatches(stores(), 20);
    const results = await Promise.all(batches.map((item) => stores().workers.admit(admission(item, capsOf('race', 3)))));
    expect(results.map(({ outcome }) => outcome).sort()).toEqual([
      ...Array<string>(3).fill('admitted'),
      ...Array<string>(17).fill('refused'),
    ]);
    await expect(counted(stores(), 'race/pool')).resolves.toEqual({ scope: 'race/pool', workers: 3, bytes: 300 });
    const alive = (await stores().workers.alive()).filter(({ sourceId }) => sourceId === batches[0]?.sourceId);
    expect(alive).toHaveLength(3);
  });

  test('freeing counts down once, however often it is asked, and makes room', async () => {
    const [first, second] = await plannedBatches(stores(), 2);
    if (first === undefined || second === undefined) throw new Error('two batches were planned');
    const wanted = admission(first, capsOf('freed', 1));
    await stores().workers.admit(wanted);
    const results = await Promise.all([1, 2, 3].map(() => stores().workers.free(wanted.worker, 'requested', freeing(wanted.worker), FREE)));
    expect(results.filter(({ outcome }) => outcome === 'written')).toEqual([
      { outcome: 'written', item: { ...wanted.worker, status: 'gone', goneAt: LATER } },
    ]);
    await expect(counted(stores(), 'freed/pool')).resolves.toEqual({ scope: 'freed/pool', workers: 0, bytes: 0 });
    expect((await stores().workers.free(wanted.worker, 'gone', freeing(wanted.worker), FREE)).outcome).toBe('conflict');
    expect((await stores().workers.alive()).some(({ workerId }) => workerId === wanted.worker.workerId)).toBe(false);
    expect((await stores().workers.withStatus('gone', 1000)).some(({ workerId }) => workerId === wanted.worker.workerId)).toBe(true);
    await expect(stores().workers.admit(admission(second, capsOf('freed', 1)))).resolves.toEqual({ outcome: 'admitted' });
  });

  test('what the living are counted under is told, and a counter is set only where it stands as it was seen', async () => {
    const item = await one(stores());
    const wanted = admission(item, capsOf('mended', 5));
    await stores().workers.admit(wanted);
    const own = (await stores().workers.counted()).find(({ worker: { workerId } }) => workerId === wanted.worker.workerId);
    expect(own).toEqual({ worker: wanted.worker, scopes: ['mended/total', 'mended/pool'] });
    const [seen, to] = [
      { scope: 'mended/pool', workers: 1, bytes: 100 },
      { scope: 'mended/pool', workers: 3, bytes: 7 },
    ];
    const mend = (from: CapCounter, type: string) => stores().workers.mendCounter(from, to, event(item.sourceId, type));
    await expect(mend({ ...seen, bytes: 99 }, 'refused')).resolves.toBe(false);
    await expect(counted(stores(), 'mended/pool')).resolves.toEqual(seen);
    await expect(mend(seen, 'mended')).resolves.toBe(true);
    await expect(counted(stores(), 'mended/pool')).resolves.toEqual(to);
    const none = { scope: 'mended/none', workers: 0, bytes: 0 };
    await expect(stores().workers.mendCounter(none, { ...none, workers: 1 }, event(item.sourceId, 'made'))).resolves.toBe(true);
    await expect(counted(stores(), 'mended/none')).resolves.toEqual({ ...none, workers: 1 });
    const types = (await stores().events.ofSource(item.sourceId)).items.map(({ type }) => type);
    expect(types.filter((type) => ['refused', 'mended', 'made'].includes(type)).sort()).toEqual(['made', 'mended']);
  });

  test('a worker counts for the places that it reserves for tasks, and gives them back', async () => {
    const [first, second] = await plannedBatches(stores(), 2);
    if (first === undefined || second === undefined) throw new Error('two batches were planned');
    const caps = [{ scope: 'tasks', maxWorkers: 10 }];
    const reserving = (item: Batch) => {
      const wanted = admission(item, caps);
      return { ...wanted, worker: { ...wanted.worker, reservedTasks: 6 } };
    };
    const standing = reserving(first);
    await expect(stores().workers.admit(standing)).resolves.toEqual({ outcome: 'admitted' });
    await expect(counted(stores(), 'tasks')).resolves.toMatchObject({ workers: 6 });
    await expect(stores().workers.admit(reserving(second))).resolves.toEqual({ outcome: 'refused', by: 'tasks' });
    await stores().workers.free(standing.worker, 'requested', freeing(standing.worker), FREE);
    await expect(counted(stores(), 'tasks')).resolves.toEqual({ scope: 'tasks', workers: 0, bytes: 0 });
    await expect(stores().workers.admit(reserving(second))).resolves.toEqual({ outcome: 'admitted' });
  });

  test('freeing from another status than it stands in conflicts and frees nothing', async () => {
    const item = await one(stores());
    const wanted = admission(item, capsOf('kept', 1));
    await stores().workers.admit(wanted);
    const result = await stores().workers.free(wanted.worker, 'destroying', freeing(wanted.worker), FREE);
    expect(result).toEqual({ outcome: 'conflict', item: wanted.worker });
    await expect(counted(stores(), 'kept/pool')).resolves.toMatchObject({ workers: 1 });
  });

  test('a worker moves between the statuses; a sweep takes its lease by number', async () => {
    const item = await one(stores());
    const { worker: made } = admission(item, []);
    await stores().workers.admit(admission(item, capsOf('moves', 5)));
    const move = { from: 'requested', set: { status: 'live', providerRef: '17' }, event: event(item.sourceId, 'worker-live') } as const;
    const live = await stores().workers.change(made.workerId, move);
    expect(live).toEqual({ outcome: 'written', item: { ...made, status: 'live', providerRef: '17' } });
    expect((await stores().workers.withStatus('live', 1000)).map(({ workerId }) => workerId)).toContain(made.workerId);
    expect((await stores().workers.withStatus('requested', 1000)).map(({ workerId }) => workerId)).not.toContain(made.workerId);
    const lease = { from: 'live', where: { sweep: 0 }, set: { sweep: 1 }, event: event(item.sourceId, 'sweep') } as const;
    const taken = await Promise.all([1, 2, 3].map(() => stores().workers.change(made.workerId, lease)));
    expect(taken.filter(({ outcome }) => outcome === 'written')).toHaveLength(1);
  });
};
