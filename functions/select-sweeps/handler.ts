import { z } from 'zod';
import { dueSweeps, takeSweep, type Sweep, type SweepDeps } from '../../layers/core/use-cases/take-sweep';

/** The schedule gives no worker: all that are due. `execution` is the name of the execution, which holds the leases. */
export const Input = z.object({ workerId: z.string().optional(), execution: z.string() });
export type Input = z.infer<typeof Input>;

/** Sweeps of one execution: keeps its history short. */
const AT_ONCE = 15;

/**
 * Takes the lease on each worker that is to be swept now. Safe to repeat: the execution that holds a lease gets
 * the same sweep again.
 */
export const selectSweepsHandler =
  (deps: SweepDeps) =>
  async ({ workerId, execution }: Input): Promise<{ readonly sweeps: readonly Sweep[] }> => {
    const due = workerId === undefined ? (await dueSweeps(deps, AT_ONCE, execution)).map((worker) => worker.workerId) : [workerId];
    const sweeps: Sweep[] = [];
    for (const one of due) {
      const taken = await takeSweep(deps, one, execution);
      if (taken) sweeps.push(taken);
    }
    return { sweeps };
  };
