import type { Batch, Worker } from '../../../layers/core/entities';
import type { Stores } from '../../../layers/core/ports/stores';
import { admission, batch, event, LATER, newSourceId } from './samples';

/** Days of its own for each test; what is reserved is the installation's, so that tests look at differences. */
let used = 0;
const newWindow = () => ({ day: `3000-01-${String((used += 1)).padStart(2, '0')}`, month: `30${String(used).padStart(2, '0')}-01` });
const timeZone = 'UTC';
const freeing = (item: Worker) => event(item.sourceId, 'worker-gone', LATER);

export const moneyStaysWithinBudget = (stores: () => Stores): void => {
  const planned = async (count: number): Promise<readonly Batch[]> => {
    const sourceId = newSourceId();
    const batches = Array.from({ length: count }, (_, place) => batch(sourceId, place + 1));
    await stores().batches.addPlanned(batches);
    return batches;
  };
  const priced = (
    item: Batch,
    reservedDollars: number,
    budget?: { dollarsPerDay?: number; dollarsPerMonth?: number },
    window = newWindow(),
  ) => {
    const wanted = admission(item, []);
    const worker = { ...wanted.worker, reservedDollars, dollarsPerHour: 0.5 };
    return { ...wanted, worker, money: { budget: { timeZone, ...budget }, window } };
  };
  const reserved = async (): Promise<number> => (await stores().money.committed(newWindow())).reservedDollars;

  test('what is reserved moves with the worker: admitted, priced anew, gone; what it cost is booked once', async () => {
    const [item, window, before] = [(await planned(1))[0]!, newWindow(), await reserved()];
    const wanted = priced(item, 3.25, {}, window);
    const { worker } = wanted;
    await expect(stores().workers.admit(wanted)).resolves.toEqual({ outcome: 'admitted' });
    await expect(stores().workers.admit(wanted)).resolves.toEqual({ outcome: 'conflict' });
    expect((await reserved()) - before).toBeCloseTo(3.25);
    const lower = { from: 'requested', set: { status: 'live', reservedDollars: 1.5 }, event: event(item.sourceId, 'created') } as const;
    await expect(stores().workers.change(worker.workerId, lower)).resolves.toMatchObject({
      item: { reservedDollars: 1.5, status: 'live' },
    });
    await expect(stores().workers.change(worker.workerId, lower)).resolves.toMatchObject({ outcome: 'conflict' });
    expect((await reserved()) - before).toBeCloseTo(1.5);
    const charge = { ...window, dollars: 1.0001 };
    const stale = await stores().workers.free(worker, 'live', freeing(worker), charge);
    expect(stale).toMatchObject({ outcome: 'conflict', item: { status: 'live' } });
    const standing = (await stores().workers.get(worker.workerId))!;
    const ends = await Promise.all([1, 2, 3].map(() => stores().workers.free(standing, 'live', freeing(worker), charge)));
    expect(ends.filter(({ outcome }) => outcome === 'written')).toMatchObject([{ item: { status: 'gone', costDollars: 1.0001 } }]);
    expect((await reserved()) - before).toBeCloseTo(0);
    expect(await stores().money.committed(window)).toMatchObject({ dayDollars: 1.0001, monthDollars: 1.0001 });
    const line = { dollars: 1.0001, workers: 1 };
    expect(await stores().money.spending('source')).toContainEqual({ of: 'source', key: item.sourceId, ...line });
    expect(await stores().money.spending(`batch/${item.sourceId}`)).toEqual([{ of: `batch/${item.sourceId}`, key: item.batchId, ...line }]);
  });

  test('the ledger is set only where nobody who is counted in it has moved it since, and that is told', async () => {
    const [item, other] = await planned(2);
    await stores().workers.admit(priced(item!, 2));
    const seen = await stores().money.ledger();
    const mend = (from: typeof seen, type: string) =>
      stores().money.mendLedger(from, seen.reservedDollars + 1.25, event(item!.sourceId, type));
    await stores().workers.admit(priced(other!, 0.5));
    await expect(mend(seen, 'refused')).resolves.toBe(false);
    const now = await stores().money.ledger();
    expect(now.reservedDollars).toBeCloseTo(seen.reservedDollars + 0.5);
    await expect(mend(now, 'mended')).resolves.toBe(true);
    await expect(mend(now, 'refused')).resolves.toBe(false);
    expect(await reserved()).toBeCloseTo(seen.reservedDollars + 1.25);
    await expect(
      stores().money.mendLedger(await stores().money.ledger(), now.reservedDollars, event(item!.sourceId, 'back')),
    ).resolves.toBe(true);
    const types = (await stores().events.ofSource(item!.sourceId)).items.map(({ type }) => type);
    expect(types.filter((type) => ['refused', 'mended', 'back'].includes(type)).sort()).toEqual(['back', 'mended']);
  });

  test.each([
    { name: 'day', budget: { dollarsPerDay: 2 } },
    { name: 'month', budget: { dollarsPerMonth: 2 } },
  ])('the budget of the $name refuses by name and figures, leaves no trace, and what costs nothing goes', async ({ name, budget }) => {
    const [item] = await planned(1);
    const before = await reserved();
    const [limit] = Object.values(budget);
    const refused = await stores().workers.admit(priced(item!, 2.5, budget));
    expect(refused).toEqual({
      ...{ outcome: 'refused', by: `budget/${name}` },
      over: { scope: `budget/${name}`, budgetDollars: limit, spentDollars: 0, reservedDollars: before, neededDollars: 2.5 },
    });
    expect(await stores().workers.get(`${item!.batchId}.a1`)).toBeUndefined();
    expect(await reserved()).toBe(before);
    await expect(stores().workers.admit(priced(item!, 0, { dollarsPerDay: 0 }))).resolves.toEqual({ outcome: 'admitted' });
  });

  test('of eight that are admitted at once the budget pays for exactly three; money freed and a new day make room', async () => {
    const [batches, window, before] = [await planned(9), newWindow(), await reserved()];
    const budget = { dollarsPerDay: before + 3.5 };
    const wanted = batches.map((item) => priced(item, 1, budget, window));
    const results = await Promise.all(wanted.slice(0, 8).map((each) => stores().workers.admit(each)));
    expect(results.filter(({ outcome }) => outcome === 'admitted')).toHaveLength(3);
    expect((await reserved()) - before).toBeCloseTo(3);
    const alive = (await stores().workers.alive()).filter(({ sourceId }) => sourceId === batches[0]!.sourceId);
    for (const worker of alive) await stores().workers.free(worker, 'requested', freeing(worker), { ...window, dollars: 0.9 });
    const last = wanted[8]!;
    expect(await stores().workers.admit(last)).toMatchObject({ outcome: 'refused', over: { spentDollars: 2.7 } });
    await expect(stores().workers.admit({ ...last, money: { ...last.money, window: newWindow() } })).resolves.toEqual({
      outcome: 'admitted',
    });
  });
};
