import fc from 'fast-check';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { worstDollars } from '../../../../layers/core/dispatch/worst-case';
import type { Worker } from '../../../../layers/core/entities';
import { windowOf, type Budget } from '../../../../layers/core/money/budget';
import { chargeOf, finalDollars } from '../../../../layers/core/money/charge';
import { freeWorker } from '../../../../layers/core/use-cases/free-worker';
import { raiseReservations } from '../../../../layers/core/use-cases/raise-reservations';
import { admission, batch, event } from '../../../contract/stores/samples';

const SOURCE = 'study:PRJEB1';
const CAP = 4;
const HOUR = 3_600_000;
const cents = (most: number) => fc.integer({ min: 1, max: most }).map((value) => value / 100);
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('admit' as const), price: cents(200), hours: fc.integer({ min: 1, max: 30 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('create' as const), share: cents(100), at: fc.nat(9) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('free' as const), at: fc.nat(9) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('beat' as const) }) },
    // Midnight, the ends of months and the changes of clocks lie in reach; some clocks go back.
    { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), hours: fc.integer({ min: -30, max: 400 }) }) },
  ),
  { minLength: 5, maxLength: 60 },
);
const ZONES = ['UTC', 'Europe/London', 'America/New_York', 'Pacific/Auckland', 'Asia/Kathmandu'];

/** An installation of which only money is looked at: what is asked of the provider always happens. */
function installation(budget: Budget, start: number) {
  const stores = memoryStores();
  let [time, made] = [start, 0];
  const now = (): Date => new Date(time);
  const spent = new Map<string, number>();
  const alive = (): Promise<readonly Worker[]> => stores.workers.alive();
  const pick = async (at: number): Promise<Worker | undefined> => (await alive())[at];
  return {
    now,
    stores,
    spent,
    pass: (hours: number) => void (time = Math.max(start, time + hours * HOUR)),
    admit: async (price: number, hours: number) => {
      const planned = batch(SOURCE, (made += 1));
      await stores.batches.addPlanned([planned]);
      const wanted = admission(planned, [{ scope: 'total', maxWorkers: CAP }]);
      const [requestedAt, deadline] = [now().toISOString(), new Date(time + hours * HOUR).toISOString()];
      const reservedDollars = worstDollars({ seconds: hours * 3600, bytes: 0 }, { dollarsPerHour: price, egressDollarsPerGib: 0 });
      const worker = { ...wanted.worker, requestedAt, deadline, reservedDollars, dollarsPerHourAtMost: price, providerRef: '1' };
      const before = await stores.money.committed(windowOf(now(), budget));
      const { outcome } = await stores.workers.admit({ ...wanted, worker, money: { budget, window: windowOf(now(), budget) } });
      return { outcome, before, reservedDollars };
    },
    create: async (at: number, share: number) => {
      const worker = await pick(at);
      if (worker?.status !== 'requested') return;
      const set = {
        status: 'live' as const,
        dollarsPerHour: (worker.dollarsPerHourAtMost ?? 0) * share,
        reservedDollars: worker.reservedDollars * share,
      };
      await stores.workers.change(worker.workerId, { from: 'requested', set, event: event(SOURCE, 'created') });
    },
    beat: async () => raiseReservations({ stores, now }, await alive()),
    free: async (at: number) => {
      const worker = await pick(at);
      if (worker === undefined) return;
      // What is asked to end late was looked at by the beats before.
      await raiseReservations({ stores, now }, [worker]);
      const from = (await stores.workers.get(worker.workerId))!.status;
      await stores.workers.change(worker.workerId, { from, set: { status: 'destroying' }, event: event(SOURCE, 'destroy') });
      const ending = (await stores.workers.get(worker.workerId))!;
      const { day, dollars } = chargeOf(ending, undefined, now(), budget);
      expect(dollars).toBeLessThanOrEqual(ending.reservedDollars + 1e-9);
      expect(await freeWorker({ stores, now, budget }, ending, undefined, 'test')).toBe(true);
      spent.set(day, (spent.get(day) ?? 0) + dollars);
      expect(await freeWorker({ stores, now, budget }, ending, undefined, 'test')).toBe(true);
    },
  };
}

test('whatever is admitted, priced, kept, freed and however clocks jump: counters are what they count, caps and budget hold (I3, I10)', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.constantFrom(...ZONES),
      cents(5_000),
      cents(20_000),
      fc.integer({ min: 0, max: 8_760 }),
      async (all, timeZone, day, month, hour) => {
        const budget = { dollarsPerDay: day, dollarsPerMonth: month, timeZone };
        const trawl = installation(budget, Date.UTC(2026, 0, 1) + hour * HOUR);
        for (const step of all) {
          if (step.do === 'pass') trawl.pass(step.hours);
          if (step.do === 'create') await trawl.create(step.at, step.share);
          if (step.do === 'free') await trawl.free(step.at);
          if (step.do === 'beat') await trawl.beat();
          if (step.do === 'admit') {
            const { outcome, before, reservedDollars } = await trawl.admit(step.price, step.hours);
            const most = before.reservedDollars + reservedDollars;
            const fits = before.dayDollars + most <= day + 1e-9 && before.monthDollars + most <= month + 1e-9;
            if (outcome === 'admitted') expect(fits).toBe(true);
          }
          const living = await trawl.stores.workers.alive();
          expect(living.length).toBeLessThanOrEqual(CAP);
          const counted = (await trawl.stores.workers.counters()).find(({ scope }) => scope === 'total');
          expect(counted?.workers ?? 0).toBe(living.length);
          const { reservedDollars, dayDollars } = await trawl.stores.money.committed(windowOf(trawl.now(), budget));
          expect(reservedDollars).toBeCloseTo(
            living.reduce((sum, each) => sum + each.reservedDollars, 0),
            3,
          );
          expect(dayDollars).toBeCloseTo(trawl.spent.get(windowOf(trawl.now(), budget).day) ?? 0, 3);
        }
      },
    ),
    { numRuns: 150 },
  );
});

const base = admission(batch(SOURCE, 1), []).worker;
const gone = new Date('2026-11-21T10:30:00.000Z');
test.each<{ name: string; worker: Partial<Worker>; dollars: number }>([
  { name: 'hours begun at its own price', worker: { providerRef: '1', dollarsPerHour: 0.5, dollarsPerHourAtMost: 2 }, dollars: 1.5 },
  { name: 'the price at most, where the answer to its create was lost', worker: { providerRef: '1', dollarsPerHourAtMost: 2 }, dollars: 6 },
  { name: 'nothing, where no provider ever showed it', worker: { dollarsPerHourAtMost: 2, egressDollarsPerGib: 1, sweep: 1 }, dollars: 0 },
  { name: 'nothing on a cluster', worker: { providerRef: '17' }, dollars: 0 },
  {
    name: 'its bytes on their way out, once it was swept',
    worker: { providerRef: '1', dollarsPerHour: 0.5, egressDollarsPerGib: 0.01, reservedBytes: 100 * 1024 ** 3, sweep: 1 },
    dollars: 2.5,
  },
  {
    name: 'no way out, where nothing was swept',
    worker: { providerRef: '1', dollarsPerHour: 0.5, egressDollarsPerGib: 0.01 },
    dollars: 1.5,
  },
])('a worker that is gone has cost $name', ({ worker, dollars }) => {
  expect(finalDollars({ ...base, ...worker }, gone)).toBe(dollars);
});
