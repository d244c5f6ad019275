import { worstDollars } from '../dispatch/worst-case';
import type { Worker } from '../entities';
import type { Deps } from './deps';

/**
 * What a worker may cost at most if it is asked to end now: hours begun until it is surely gone. One that is held, or slow to end, outlives what was reserved
 * for it. Pure.
 */
export function dollarsIfEndedNow(worker: Worker, now: Date): number {
  const { requestedAt, dollarsPerHour, dollarsPerHourAtMost = 0, egressDollarsPerGib = 0, reservedBytes: bytes } = worker;
  const seconds = Math.max(0, (now.getTime() - Date.parse(requestedAt)) / 1000);
  return worstDollars({ seconds, bytes }, { dollarsPerHour: dollarsPerHour ?? dollarsPerHourAtMost, egressDollarsPerGib });
}

/**
 * Raises what is reserved for workers that live longer than was thought, hour by hour, whatever the budget says: they cost it, so nothing new may (I10). Safe to
 * repeat: the second look finds it reserved; one that was written to meanwhile is looked at by the next beat. @returns how many were raised
 */
export async function raiseReservations(deps: Pick<Deps, 'stores' | 'now'>, alive: readonly Worker[]): Promise<number> {
  let raised = 0;
  for (const worker of alive) {
    const now = deps.now();
    const needed = dollarsIfEndedNow(worker, now);
    if (needed <= worker.reservedDollars) continue;
    const { workerId, sourceId, status, reservedDollars } = worker;
    const detail = `${reservedDollars} dollars were reserved, ${needed} are now`;
    const at = now.toISOString();
    const event = { entityId: workerId, sourceId, at, type: 'worker-reservation-raised', actor: 'run-tick', detail };
    const change = { from: status, where: { reservedDollars }, set: { reservedDollars: needed }, event };
    if ((await deps.stores.workers.change(workerId, change)).outcome === 'written') raised += 1;
  }
  return raised;
}
