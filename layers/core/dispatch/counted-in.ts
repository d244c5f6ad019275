import type { Worker } from '../entities';

/** Places for tasks in Slurm's queue, of all workers together. */
export const TASKS_SCOPE = 'tasks';

/** What a worker holds. `reservedTasks`: see `Worker`. */
export type Held = Pick<Worker, 'slots' | 'reservedBytes' | 'reservedTasks'>;

/** What a worker counts for under a scope that it was admitted under: of tasks its places for these, else itself. Pure. */
export const countedIn = (
  scope: string,
  { slots, reservedBytes, reservedTasks = 0 }: Held,
): { readonly workers: number; readonly bytes: number } => ({
  workers: scope === TASKS_SCOPE ? reservedTasks : slots,
  bytes: reservedBytes,
});
