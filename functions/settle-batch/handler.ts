import { z } from 'zod';
import { settleBatch, type SettleBatchDeps, type SettledBatch } from '../../layers/core/use-cases/settle-batch';

export const Input = z.object({ batchId: z.string(), attempt: z.number().int(), workerId: z.string() });
export type Input = z.infer<typeof Input>;

/** Ends the attempt: outcomes, then the batch final or planned again. Safe to repeat: see `settleBatch`. */
export const settleBatchHandler =
  (deps: SettleBatchDeps) =>
  ({ batchId, attempt, workerId }: Input): Promise<SettledBatch> =>
    settleBatch(deps, batchId, attempt, workerId);
