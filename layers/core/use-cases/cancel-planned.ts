import type { Batch } from '../entities';
import { PlanUnreadableError } from '../errors';
import type { PlannedRun } from '../wire';
import { changeBatch } from './change-status';
import type { Deps } from './deps';
import { neededPlan } from './needed';
import { dropClaims } from './settle-runs';

/**
 * Ends a batch that waits for a slot, and lets go of its runs: one that was refused a slot, or that waits for its next attempt, holds
 * claims. Safe to repeat: one that is cancelled already lets go again. A crash in between leaves claims that count for nobody.
 * @returns the sources to be looked at anew, or undefined where the batch does not wait any more
 */
export async function cancelPlanned(
  deps: Pick<Deps, 'stores' | 'objects' | 'now'>,
  batch: Batch,
  actor: string,
): Promise<ReadonlySet<string> | undefined> {
  const changed = await changeBatch(deps, batch.batchId, 'cancel', { actor, where: { status: 'planned' } });
  if (changed.item?.status !== 'cancelled') return undefined;
  return new Set([batch.sourceId, ...(await dropClaims(deps.stores, batch, await runsOf(deps, batch)))]);
}

/** Cancelling is what a person does about a plan that cannot be read, so that must not stop it. */
async function runsOf(deps: Pick<Deps, 'objects'>, batch: Batch): Promise<readonly PlannedRun[]> {
  try {
    return (await neededPlan(deps, batch)).plan.runs;
  } catch (error) {
    if (error instanceof PlanUnreadableError) return [];
    throw error;
  }
}
