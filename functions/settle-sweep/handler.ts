import { z } from 'zod';
import { settleSweep, type SettledSweep, type SettleSweepDeps } from '../../layers/core/use-cases/settle-sweep';

export const Input = z.object({ workerId: z.string(), sweep: z.number().int(), jobId: z.string() });
export type Input = z.infer<typeof Input>;

/** Ends the sweep: swept, tried again later, or held. Safe to repeat: see `settleSweep`. */
export const settleSweepHandler =
  (deps: SettleSweepDeps) =>
  (sweep: Input): Promise<SettledSweep> =>
    settleSweep(deps, sweep);
