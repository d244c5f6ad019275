import type { Worker } from '../entities';

const HOUR_MILLISECONDS = 3_600_000;

/** What a worker has cost, in US dollars: providers bill by the hour begun. Undefined for one that costs nothing. Pure. */
export function dollarsSoFar(worker: Pick<Worker, 'requestedAt' | 'goneAt' | 'dollarsPerHour'>, now: Date): number | undefined {
  const { dollarsPerHour, requestedAt, goneAt } = worker;
  if (dollarsPerHour === undefined) return undefined;
  const until = goneAt === undefined ? now.getTime() : Date.parse(goneAt);
  const hours = Math.max(1, Math.ceil((until - Date.parse(requestedAt)) / HOUR_MILLISECONDS));
  // Whole hundredths of a cent: 3 × 0.00893 is not to read 0.026790000000000003.
  return Math.round(hours * dollarsPerHour * 10_000) / 10_000;
}
