/** What may be spent in a day and in a month, and whether one more worker fits into that (I10). */
import { z } from 'zod';

const isZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

const Dollars = z.number().nonnegative();
/** US dollars; an absent one is not bounded. Days and months begin in `timeZone`, a name of IANA's such as `Europe/London`. */
export const Budget = z.strictObject({
  dollarsPerDay: Dollars.optional(),
  dollarsPerMonth: Dollars.optional(),
  timeZone: z.string().refine(isZone, 'is no time zone: give a name such as "Europe/London" or "UTC"'),
});
export type Budget = z.infer<typeof Budget>;

/** The day and the month that a moment lies in: `2026-11-21`, `2026-11`. */
export interface Window {
  readonly day: string;
  readonly month: string;
}

const calendars = new Map<string, Intl.DateTimeFormat>();
/** Kept: making one takes longer than all that is done with it in a beat. */
function calendarOf(timeZone: string): Intl.DateTimeFormat {
  const options = { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  const calendar = calendars.get(timeZone) ?? new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', options);
  calendars.set(timeZone, calendar);
  return calendar;
}

/** By the calendar of the zone, whatever its clocks do that day. Pure. */
export function windowOf(at: Date, { timeZone }: Pick<Budget, 'timeZone'>): Window {
  const said = Object.fromEntries(
    calendarOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const month = `${said['year'] ?? ''}-${said['month'] ?? ''}`;
  return { month, day: `${month}-${said['day'] ?? ''}` };
}

/** Whole hundredths of a cent: 3 × 0.00893 is not to read 0.026790000000000003. */
export const asMoney = (dollars: number): number => Math.round(dollars * 10_000) / 10_000;

/** What stands against a budget: spent in the day and the month, and reserved for all workers that are not gone. */
export interface Committed {
  readonly dayDollars: number;
  readonly monthDollars: number;
  readonly reservedDollars: number;
}

/** Why one more does not fit, with the figures. */
export interface OverBudget {
  readonly scope: 'budget/day' | 'budget/month';
  readonly budgetDollars: number;
  readonly spentDollars: number;
  readonly reservedDollars: number;
  readonly neededDollars: number;
}

/** The first budget that a worker of this worst case does not fit into; undefined where it may be made. What costs nothing always fits. Pure. */
export function overBudget(committed: Committed, neededDollars: number, budget: Budget): OverBudget | undefined {
  if (neededDollars <= 0) return undefined;
  const { dayDollars, monthDollars, reservedDollars } = committed;
  const scopes = [
    { scope: 'budget/day', budgetDollars: budget.dollarsPerDay, spentDollars: dayDollars },
    { scope: 'budget/month', budgetDollars: budget.dollarsPerMonth, spentDollars: monthDollars },
  ] as const;
  for (const { scope, budgetDollars, spentDollars } of scopes) {
    if (budgetDollars !== undefined && asMoney(spentDollars + reservedDollars + neededDollars) > budgetDollars)
      return { scope, budgetDollars, spentDollars, reservedDollars, neededDollars };
  }
  return undefined;
}

const inDollars = (dollars: number): string => `$${dollars.toFixed(2)}`;

/** The refusal in words, with its figures, and when it goes. Pure. */
export function overBudgetText({ scope, budgetDollars, spentDollars, reservedDollars, neededDollars }: OverBudget): string {
  const span = scope === 'budget/day' ? 'day' : 'month';
  const figures = `it may cost ${inDollars(neededDollars)}; of ${inDollars(budgetDollars)} a ${span}, ${inDollars(spentDollars)} are spent and ${inDollars(reservedDollars)} reserved`;
  return neededDollars > budgetDollars
    ? `the budget of a ${span} can never pay for it, until a person raises it: ${figures}`
    : `the budget of this ${span} has no room: ${figures}; it goes when money is freed, or with the next ${span}`;
}
