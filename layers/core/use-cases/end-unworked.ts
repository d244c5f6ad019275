import type { Batch } from '../entities';
import type { BatchPlan } from '../wire';
import { changeBatch } from './change-status';
import type { Claimed } from './claim-runs';
import type { Deps } from './deps';
import type { Dispatched } from './dispatched';
import { evaluateSource } from './evaluate-source';
import { releaseClaims } from './settle-runs';

interface Left {
  /** Absent: there was nothing to claim. */
  readonly claimed?: Claimed;
  /** Runs that a stage before it failed, in another batch. */
  readonly lost: number;
}

/**
 * A batch without work is over, needs no worker, lets go of what an earlier try claimed, and its source waits for the others: *complete*
 * where every run is somebody else's or verified already, *partial* where stages before it failed some or earlier attempts left some out, *cancelled* where
 * nobody brings what it was to work on. Safe to repeat.
 */
export async function endUnworked(
  deps: Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>,
  batch: Batch,
  plan: BatchPlan,
  { claimed, lost }: Left,
): Promise<Dispatched> {
  const [linked, verified] = [claimed?.linked ?? [], claimed?.verifiedHere ?? 0];
  // What stages before it failed is counted among what the first attempt left out.
  const failed = Math.max(lost, batch.excludedRuns ?? 0);
  const event = failed > 0 ? 'partial' : claimed === undefined ? 'cancel' : 'complete';
  const words = failed === 0 ? '' : lost > 0 ? `, ${lost} failed in a stage before it` : `, ${failed} left out by earlier attempts`;
  const changed = await changeBatch(deps, batch.batchId, event, {
    actor: 'run-tick',
    detail:
      event === 'cancel'
        ? 'its parents brought nothing to work on'
        : `nothing to do: ${linked.length} linked, ${verified} verified${words}`,
    where: { attempt: batch.attempt },
    set: { linkedRuns: [...linked], completeRuns: verified, ...(failed > 0 && { failedRuns: failed }) },
  });
  if (changed.outcome === 'refused') return { outcome: 'waiting', by: changed.by };
  await releaseClaims(deps, batch, plan.runs);
  await evaluateSource(deps, batch.sourceId);
  return { outcome: 'linked' };
}
