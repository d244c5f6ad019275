import { FINAL_BATCH_STATUSES, type Batch } from '../entities';
import { cancelPlanned } from '../use-cases/cancel-planned';
import { changeBatch } from '../use-cases/change-status';
import { chunksOf } from '../use-cases/chunks';
import type { Deps } from '../use-cases/deps';

type CancelDeps = Pick<Deps, 'stores' | 'objects' | 'now'>;
const AT_ONCE = 20;

export const inMotion = (batches: readonly Batch[]): readonly Batch[] =>
  batches.filter(({ status }) => !FINAL_BATCH_STATUSES.includes(status));

/**
 * Planned batches end at once and let go of their runs; those that run are marked, and the heartbeat that is kicked next stops them, has
 * them swept and settled, and looks anew at the sources that waited. Safe to repeat.
 */
export async function cancelBatches(deps: CancelDeps, batches: readonly Batch[], actor: string): Promise<void> {
  for (const some of chunksOf(batches, AT_ONCE)) await Promise.all(some.map((batch) => cancelOne(deps, batch, actor)));
}

async function cancelOne(deps: CancelDeps, batch: Batch, actor: string): Promise<void> {
  if ((await cancelPlanned(deps, batch, actor)) !== undefined) return;
  // It was dispatched since it was read, or runs: asked of one that ended meanwhile, this is refused and changes nothing.
  await changeBatch(deps, batch.batchId, 'ask-cancel', { actor });
}
