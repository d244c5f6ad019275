import { z } from 'zod';
import { RecordMissingError } from '../../layers/core/errors';
import { SourceId } from '../../layers/core/ids';
import { storePlan, type PlanDeps, type PlanStored } from '../../layers/core/planning/store-plan';

export const Input = z.object({ sourceId: SourceId, cycle: z.number().int().positive() });
export type Input = z.infer<typeof Input>;

/**
 * Groups what is due into batches and stores the plan; above the source's limits the plan waits for approval. Running it twice is safe:
 * see `storePlan`.
 */
export const planBatchesHandler =
  (deps: PlanDeps) =>
  async ({ sourceId, cycle }: Input): Promise<PlanStored> => {
    const source = await deps.stores.sources.get(sourceId);
    if (source === undefined) throw new RecordMissingError('source', sourceId);
    return storePlan(deps, source, cycle);
  };
