import type { Worker } from '../entities';
import { hoursBegun } from '../money/charge';
import { asMoney, windowOf, type Budget, type Window } from '../money/budget';
import type { Deps } from '../use-cases/deps';

/** US dollars of all workers that live: what they may still cost at most, theirs so far included, and what they have cost. */
export interface LiveMoney {
  readonly reservedDollars: number;
  readonly dollarsSoFar: number;
}
/** With what those have cost that were called gone in this day and month of the budget's zone, and what may be spent. */
export interface Money extends LiveMoney, Window {
  readonly dayDollars: number;
  readonly monthDollars: number;
  readonly budget: Budget;
}

/** What a worker has cost, in US dollars: providers bill by the hour begun. Undefined for one that costs nothing. Pure. */
export function dollarsSoFar(worker: Pick<Worker, 'requestedAt' | 'goneAt' | 'dollarsPerHour'>, now: Date): number | undefined {
  const { dollarsPerHour, requestedAt, goneAt } = worker;
  if (dollarsPerHour === undefined) return undefined;
  return asMoney(hoursBegun(requestedAt, goneAt === undefined ? now : new Date(goneAt)) * dollarsPerHour);
}

/** A reservation is released when its worker is gone (I10). Pure. */
export function moneyOf(alive: readonly Worker[], now: Date): LiveMoney {
  const sum = (of: (worker: Worker) => number): number => asMoney(alive.reduce((total, worker) => total + of(worker), 0));
  return {
    // A hold may outlive what was reserved for it.
    reservedDollars: sum((worker) => Math.max(worker.reservedDollars, dollarsSoFar(worker, now) ?? 0)),
    dollarsSoFar: sum((worker) => dollarsSoFar(worker, now) ?? 0),
  };
}

/** Money at risk now, spent, and the budget. Read only. */
export async function moneyView(
  { stores, now, budget }: Pick<Deps, 'stores' | 'now'> & { readonly budget: Budget },
  alive: readonly Worker[],
): Promise<Money> {
  const window = windowOf(now(), budget);
  const { dayDollars, monthDollars } = await stores.money.committed(window);
  return { ...moneyOf(alive, now()), ...window, dayDollars, monthDollars, budget };
}
