import { z } from 'zod';

/** What the API says of money; fields that an older installation does not tell are optional. US dollars. */
export const Money = z.looseObject({
  reservedDollars: z.number(),
  dollarsSoFar: z.number(),
  day: z.string().optional(),
  month: z.string().optional(),
  dayDollars: z.number().optional(),
  monthDollars: z.number().optional(),
  budget: z.looseObject({ dollarsPerDay: z.number().optional(), dollarsPerMonth: z.number().optional(), timeZone: z.string() }).optional(),
});
export type Money = z.infer<typeof Money>;

const ofBudget = (dollars: number | undefined): string => (dollars === undefined ? ', no limit' : ` of ${dollars.toFixed(2)}`);

/** One line each: at risk, today, this month. */
export function moneyLines({ reservedDollars, dollarsSoFar, day, month, dayDollars, monthDollars, budget }: Money): readonly string[] {
  const atRisk = `${reservedDollars.toFixed(2)} at risk now (workers alive, at most), ${dollarsSoFar.toFixed(2)} of it spent so far`;
  if (budget === undefined || dayDollars === undefined || monthDollars === undefined) return [atRisk];
  return [
    atRisk,
    `${dayDollars.toFixed(2)}${ofBudget(budget.dollarsPerDay)} spent today (${day ?? ''}, ${budget.timeZone})`,
    `${monthDollars.toFixed(2)}${ofBudget(budget.dollarsPerMonth)} spent this month (${month ?? ''})`,
  ];
}
