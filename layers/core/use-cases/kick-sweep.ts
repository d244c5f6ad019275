import type { Worker } from '../entities';
import type { Deps } from './deps';

/** Name of the execution that may take the lease next: worker and sweep number (contract 8). */
export const sweepNameOf = (worker: Pick<Worker, 'workerId' | 'sweep'>): string => `${worker.workerId}.sweep-${worker.sweep + 1}`;

/**
 * Starts sweep-results for one worker. Idempotent by its name, which holds until the lease is taken; if that execution died before it
 * took the lease, the next tick of the schedule selects the worker all the same.
 */
export const kickSweep = (deps: Pick<Deps, 'machines'>, worker: Worker): Promise<'started' | 'already'> =>
  deps.machines.start('sweep-results', sweepNameOf(worker), { workerId: worker.workerId });

/** The same for one that an early sweep has kept from it: the name of its own may be used up by an execution that found it so. */
export const kickSweepAfter = (deps: Pick<Deps, 'machines'>, worker: Worker, early: number): Promise<'started' | 'already'> =>
  deps.machines.start('sweep-results', `${sweepNameOf(worker)}-after-early-${early}`, { workerId: worker.workerId });
