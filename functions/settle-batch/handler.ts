import { z } from 'zod';
import { kickHeartbeat } from '../../layers/core/use-cases/kick-heartbeat';
import { settleBatch, type SettleBatchDeps, type SettledBatch } from '../../layers/core/use-cases/settle-batch';

export const Input = z.object({ batchId: z.string(), attempt: z.number().int(), workerId: z.string() });
export type Input = z.infer<typeof Input>;

/**
 * Ends the attempt: outcomes, then the batch final or planned again; its slot is offered at once where a batch waits for one. Safe to repeat: see
 * `settleBatch`, `kickHeartbeat`. A batch that is planned at this very moment is dispatched by its own cycle's end, or by the schedule.
 */
export const settleBatchHandler =
  (deps: SettleBatchDeps) =>
  async ({ batchId, attempt, workerId }: Input): Promise<SettledBatch> => {
    const settled = await settleBatch(deps, batchId, attempt, workerId);
    if ((await deps.stores.batches.withStatus('planned', 1)).length > 0) await kickHeartbeat(deps, workerId);
    return settled;
  };
