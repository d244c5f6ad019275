import { dollarsSoFar, moneyOf } from '../../../../layers/core/api/cost';
import type { Worker } from '../../../../layers/core/entities';

const requestedAt = '2026-11-21T08:00:00.000Z';
const at = (time: string): Date => new Date(`2026-11-21T${time}.000Z`);

test.each([
  ['the first hour counts from its beginning', '08:00:00', 0.5],
  ['a minute is an hour', '08:01:00', 0.5],
  ['a whole hour is one hour', '09:00:00', 0.5],
  ['a second more is two', '09:00:01', 1],
  ['a clock that lags takes nothing back', '07:00:00', 0.5],
])('%s', (_, time, dollars) => {
  expect(dollarsSoFar({ requestedAt, dollarsPerHour: 0.5 }, at(time))).toBe(dollars);
});

test('sums read as amounts of money', () => {
  expect(dollarsSoFar({ requestedAt, dollarsPerHour: 0.00893 }, at('10:30:00'))).toBe(0.0268);
});
test('a worker that is gone costs no more', () => {
  expect(dollarsSoFar({ requestedAt, dollarsPerHour: 0.5, goneAt: '2026-11-21T08:30:00.000Z' }, at('12:00:00'))).toBe(0.5);
});
test('a worker without a price costs nothing that could be told', () => {
  expect(dollarsSoFar({ requestedAt }, at('12:00:00'))).toBeUndefined();
});

test('the workers that live have their money reserved, and a hold that outlives its reservation counts with what it costs', () => {
  const worker = (fields: Partial<Worker>): Worker => ({ requestedAt, reservedDollars: 0, ...fields }) as Worker;
  const alive = [
    worker({ reservedDollars: 3, dollarsPerHour: 0.5 }),
    worker({ reservedDollars: 1, dollarsPerHour: 0.5, requestedAt: '2026-11-20T22:00:00.000Z' }),
    worker({}),
  ];
  expect(moneyOf(alive, at('10:00:00'))).toEqual({ reservedDollars: 9, dollarsSoFar: 7 });
  expect(moneyOf([], at('10:00:00'))).toEqual({ reservedDollars: 0, dollarsSoFar: 0 });
});
