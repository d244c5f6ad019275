import { z } from 'zod';
import type { SettledEarly } from '../../layers/core/use-cases/settle-early';
import { settleSweep, type SettledSweep, type SettleSweepDeps } from '../../layers/core/use-cases/settle-sweep';

export const Input = z.object({ workerId: z.string(), sweep: z.number().int(), jobId: z.string(), early: z.boolean().optional() });
export type Input = z.infer<typeof Input>;

/** Ends the sweep: swept, tried again later, or held; after an early one only what its look says. Safe to repeat: see `settleSweep`. */
export const settleSweepHandler =
  (deps: SettleSweepDeps) =>
  (sweep: Input): Promise<SettledSweep | SettledEarly> =>
    settleSweep(deps, sweep);
