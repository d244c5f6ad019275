import { z } from 'zod';
import { dueSweeps, takeEarly, takeSweep, type Sweep, type SweepDeps } from '../../layers/core/use-cases/take-sweep';

/** The schedule gives no worker: all that are due. `execution` is the name of the execution, which holds the leases; `early` the number of a look at a worker that still works. */
export const Input = z.object({ workerId: z.string().optional(), early: z.number().int().positive().optional(), execution: z.string() });
export type Input = z.infer<typeof Input>;

/** Sweeps of one execution: keeps its history short. */
const AT_ONCE = 15;

/**
 * Takes the lease on each worker that is to be swept now; an early sweep needs none. Safe to repeat: the execution that holds a lease gets
 * the same sweep again.
 */
export const selectSweepsHandler =
  (deps: SweepDeps) =>
  async ({ workerId, early, execution }: Input): Promise<{ readonly sweeps: readonly Sweep[] }> => {
    if (workerId !== undefined && early !== undefined) return { sweeps: [(await takeEarly(deps, workerId, early)) ?? []].flat() };
    const due = workerId === undefined ? (await dueSweeps(deps, execution)).map((worker) => worker.workerId) : [workerId];
    const sweeps: Sweep[] = [];
    for (const one of due) {
      if (sweeps.length === AT_ONCE) break;
      const taken = await takeSweep(deps, one, execution);
      if (taken) sweeps.push(taken);
    }
    return { sweeps };
  };
