import { z } from 'zod';
import { dueSweeps, takeSweep, type Sweep, type SweepDeps } from '../../layers/core/use-cases/take-sweep';

/** The schedule gives no worker: all that are due. */
export const Input = z.object({ workerId: z.string().optional() });
export type Input = z.infer<typeof Input>;

/** Sweeps of one execution: keeps its history short. */
const AT_ONCE = 15;

/**
 * Takes the lease on each worker that is to be swept now. Safe to repeat: a lease that was taken is not free, so a worker whose answer
 * was lost waits until its lease has run out.
 */
export const selectSweepsHandler =
  (deps: SweepDeps) =>
  async ({ workerId }: Input): Promise<{ readonly sweeps: readonly Sweep[] }> => {
    const due = workerId === undefined ? (await dueSweeps(deps, AT_ONCE)).map((worker) => worker.workerId) : [workerId];
    const sweeps: Sweep[] = [];
    for (const one of due) {
      const taken = await takeSweep(deps, one);
      if (taken) sweeps.push(taken);
    }
    return { sweeps };
  };
