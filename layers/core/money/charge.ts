/** What a worker cost in the end, and where that is booked. */
import type { Job, Worker } from '../entities';
import { asMoney, windowOf, type Budget, type Window } from './budget';

const HOUR_MILLISECONDS = 3_600_000;

/** As providers bill: an hour begun counts whole, and there is at least one. Pure. */
export const hoursBegun = (since: string, until: Date): number =>
  Math.max(1, Math.ceil((until.getTime() - Date.parse(since)) / HOUR_MILLISECONDS));

/** Booked in the transaction that calls the worker gone, on the day and the month in which that was. */
export interface Charge extends Window {
  readonly dollars: number;
}

/**
 * What a worker that is gone has cost, in US dollars: the hours begun at the price that its provider said when it made it, and its bytes on
 * their way out where a sweep pulled at it; an allowance of traffic is not counted on. Where the answer to its create was lost, the price that was
 * reserved for it counts. One that no provider ever showed, and that never spoke, cost nothing. Pure.
 * @param job its run job, which may know of the worker what the worker's own record does not
 */
export function finalDollars(worker: Worker, goneAt: Date, job?: Pick<Job, 'slurmId' | 'startedAt'>): number {
  const { providerRef, dollarsPerHour, dollarsPerHourAtMost = 0, egressDollarsPerGib = 0, reservedBytes, requestedAt, sweep } = worker;
  if ((providerRef ?? job?.slurmId ?? job?.startedAt) === undefined) return 0;
  const egress = sweep > 0 ? (reservedBytes / 1024 ** 3) * egressDollarsPerGib : 0;
  return asMoney(hoursBegun(requestedAt, goneAt) * (dollarsPerHour ?? dollarsPerHourAtMost) + egress);
}

export const chargeOf = (worker: Worker, job: Job | undefined, goneAt: Date, budget: Pick<Budget, 'timeZone'>): Charge => ({
  ...windowOf(goneAt, budget),
  dollars: finalDollars(worker, goneAt, job),
});

/** Where a charge is counted. */
export const bookedIn = ({ sourceId, batchId }: Pick<Worker, 'sourceId' | 'batchId'>, { day, month }: Window) => [
  { of: 'day', key: day },
  { of: 'month', key: month },
  { of: 'source', key: sourceId },
  { of: `batch/${sourceId}`, key: batchId },
];
