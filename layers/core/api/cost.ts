import type { Worker } from '../entities';

/** US dollars of all workers that live: what they may still cost at most, theirs so far included, and what they have cost. */
export interface Money {
  readonly reservedDollars: number;
  readonly dollarsSoFar: number;
}

const HOUR_MILLISECONDS = 3_600_000;

/** What a worker has cost, in US dollars: providers bill by the hour begun. Undefined for one that costs nothing. Pure. */
export function dollarsSoFar(worker: Pick<Worker, 'requestedAt' | 'goneAt' | 'dollarsPerHour'>, now: Date): number | undefined {
  const { dollarsPerHour, requestedAt, goneAt } = worker;
  if (dollarsPerHour === undefined) return undefined;
  const until = goneAt === undefined ? now.getTime() : Date.parse(goneAt);
  const hours = Math.max(1, Math.ceil((until - Date.parse(requestedAt)) / HOUR_MILLISECONDS));
  return asMoney(hours * dollarsPerHour);
}

/** Whole hundredths of a cent: 3 × 0.00893 is not to read 0.026790000000000003. */
const asMoney = (dollars: number): number => Math.round(dollars * 10_000) / 10_000;

/** A reservation is released when its worker is gone (I10). Pure. */
export function moneyOf(alive: readonly Worker[], now: Date): Money {
  const sum = (of: (worker: Worker) => number): number => asMoney(alive.reduce((total, worker) => total + of(worker), 0));
  return {
    // A hold may outlive what was reserved for it.
    reservedDollars: sum((worker) => Math.max(worker.reservedDollars, dollarsSoFar(worker, now) ?? 0)),
    dollarsSoFar: sum((worker) => dollarsSoFar(worker, now) ?? 0),
  };
}
