import { FINAL_BATCH_STATUSES, type Batch } from '../entities';
import { fetchKeyOf } from '../ids';
import { changeBatch } from '../use-cases/change-status';
import { chunksOf } from '../use-cases/chunks';
import type { Deps } from '../use-cases/deps';
import { BatchPlan } from '../wire';

type CancelDeps = Pick<Deps, 'stores' | 'objects' | 'now'>;
const AT_ONCE = 20;

export const inMotion = (batches: readonly Batch[]): readonly Batch[] =>
  batches.filter(({ status }) => !FINAL_BATCH_STATUSES.includes(status));

/**
 * Planned batches end at once and let go of their runs; those that run are marked, and the heartbeat stops them, has them swept and
 * settled. Safe to repeat.
 */
export async function cancelBatches(deps: CancelDeps, batches: readonly Batch[], actor: string): Promise<void> {
  for (const some of chunksOf(batches, AT_ONCE)) await Promise.all(some.map((batch) => cancelOne(deps, batch, actor)));
}

async function cancelOne(deps: CancelDeps, batch: Batch, actor: string): Promise<void> {
  const ended = await changeBatch(deps, batch.batchId, 'cancel', { actor, where: { status: 'planned' } });
  if (ended.outcome === 'changed') return letGo(deps, batch);
  // It was dispatched since it was read, or runs: asked of one that ended meanwhile, this is refused and changes nothing.
  await changeBatch(deps, batch.batchId, 'ask-cancel', { actor });
}

/** A batch that was refused a slot, or that waits for its next attempt, holds claims. */
async function letGo({ stores, objects }: CancelDeps, batch: Batch): Promise<void> {
  const plan = await objects.getJson(batch.planKey, BatchPlan);
  const keys = (plan?.runs ?? []).map((run) => fetchKeyOf(run.accession, run.filesHash, batch.stage, batch.revision));
  await stores.claims.release(keys, batch.batchId);
}
