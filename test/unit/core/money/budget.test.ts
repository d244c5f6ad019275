import { Budget, overBudget, overBudgetText, windowOf } from '../../../../layers/core/money/budget';

test.each([
  { name: 'UTC, by the millisecond', at: '2026-11-30T23:59:59.999Z', zone: 'UTC', day: '2026-11-30' },
  { name: 'a new month', at: '2026-12-01T00:00:00.000Z', zone: 'UTC', day: '2026-12-01' },
  { name: 'a zone ahead: it is tomorrow there', at: '2026-11-30T11:00:00.000Z', zone: 'Pacific/Auckland', day: '2026-12-01' },
  { name: 'a zone behind: it is yesterday there', at: '2027-01-01T04:59:00.000Z', zone: 'America/New_York', day: '2026-12-31' },
  { name: 'before the clocks go forward', at: '2026-03-28T23:59:00.000Z', zone: 'Europe/London', day: '2026-03-28' },
  { name: 'the short day ends an hour early', at: '2026-03-29T22:59:00.000Z', zone: 'Europe/London', day: '2026-03-29' },
  { name: 'after the short day', at: '2026-03-29T23:00:00.000Z', zone: 'Europe/London', day: '2026-03-30' },
  { name: 'the long day, its second one o’clock', at: '2026-10-25T01:30:00.000Z', zone: 'Europe/London', day: '2026-10-25' },
  { name: 'the long day ends an hour late', at: '2026-10-25T23:59:00.000Z', zone: 'Europe/London', day: '2026-10-25' },
  { name: 'a leap day', at: '2028-02-29T12:00:00.000Z', zone: 'UTC', day: '2028-02-29' },
])('the day and month of a moment: $name', ({ at, zone, day }) => {
  expect(windowOf(new Date(at), { timeZone: zone })).toEqual({ day, month: day.slice(0, 7) });
});

test('a name that is no zone is refused with what to do', () => {
  expect(Budget.safeParse({ timeZone: 'Middle/Earth' }).error?.issues[0]?.message).toMatch(/no time zone: give a name such as/);
  expect(Budget.safeParse({ timeZone: 'Europe/London', dollarsPerDay: -1 }).success).toBe(false);
});

const committed = { dayDollars: 4, monthDollars: 90, reservedDollars: 3 };
const budget = { dollarsPerDay: 10, dollarsPerMonth: 100, timeZone: 'UTC' };
test.each([
  { name: 'what fits to the cent', needed: 3, budget, scope: undefined },
  { name: 'the day', needed: 3.0001, budget, scope: 'budget/day' },
  { name: 'the month, where the day is not bounded', needed: 7.5, budget: { ...budget, dollarsPerDay: undefined }, scope: 'budget/month' },
  { name: 'no budget at all', needed: 1e6, budget: { timeZone: 'UTC' }, scope: undefined },
  { name: 'what costs nothing, although nothing is left', needed: 0, budget: { dollarsPerDay: 0, timeZone: 'UTC' }, scope: undefined },
  { name: 'nothing may be spent', needed: 0.01, budget: { dollarsPerDay: 0, timeZone: 'UTC' }, scope: 'budget/day' },
])('over budget: $name', ({ needed, budget: limits, scope }) => {
  expect(overBudget(committed, needed, limits)?.scope).toBe(scope);
});

test('the words have the figures, and say what only a person mends', () => {
  const over = { scope: 'budget/day', budgetDollars: 10, spentDollars: 4, reservedDollars: 3, neededDollars: 3.5 } as const;
  expect(overBudgetText(over)).toBe(
    'the budget of this day has no room: it may cost $3.50; of $10.00 a day, $4.00 are spent and $3.00 reserved; it goes when money is freed, or with the next day',
  );
  expect(overBudgetText({ ...over, scope: 'budget/month', neededDollars: 11 })).toMatch(
    /a month can never pay for it, until a person raises it/,
  );
});
