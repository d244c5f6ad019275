import type { Job, Worker } from '../entities';
import type { Budget } from '../money/budget';
import { chargeOf } from '../money/charge';
import type { Deps } from './deps';

export type FreeDeps = Pick<Deps, 'stores' | 'now'> & {
  /** Names the zone whose days and months the cost is booked in. */
  readonly budget: Pick<Budget, 'timeZone'>;
};

/**
 * The provider says that a worker is gone: its slot and reservation are freed and what it cost is booked, in one transaction (I10). Safe to repeat: it happens once.
 * A worker whose price changed meanwhile is left for the next look.
 * @param job its run job, where one was ever prepared
 * @returns whether it is gone now
 */
export async function freeWorker(deps: FreeDeps, worker: Worker, job: Job | undefined, actor: string): Promise<boolean> {
  const now = deps.now();
  const event = {
    ...{ entityId: worker.workerId, sourceId: worker.sourceId, at: now.toISOString() },
    ...{ type: 'worker-gone', from: 'destroying', to: 'gone', actor },
  };
  const freed = await deps.stores.workers.free(worker, 'destroying', event, chargeOf(worker, job, now, deps.budget));
  return freed.outcome === 'written' || freed.item?.status === 'gone';
}
