import { waitId } from '../ids';
import { changeWorker } from './change-status';
import type { Deps } from './deps';
import { neededWorker } from './needed';
import { raiseAttention } from './raise-attention';
import { recordFact } from './record-fact';

/**
 * Keeps a worker whose results could not be brought home (I5): status *held*, attention, and *swept* answered with `held`, so that its
 * batch settles without them. Safe to repeat: each part is a write that changes nothing the second time.
 * @returns whether it is held now; not when somebody swept it meanwhile
 */
export async function holdWorker(
  deps: Pick<Deps, 'stores' | 'machines' | 'now'>,
  workerId: string,
  { cause, step, sweep }: { readonly cause: string; readonly step: string; readonly sweep?: number },
): Promise<boolean> {
  const changed = await changeWorker(deps, workerId, 'hold', {
    actor: step,
    detail: cause,
    set: { heldCause: cause },
    remove: ['nextSweepAt'],
    ...(sweep === undefined ? {} : { where: { sweep } }),
  });
  if (changed.outcome === 'refused' && changed.item?.status !== 'held') return false;
  const worker = await neededWorker(deps, workerId);
  await raiseAttention(deps, worker.sourceId, { code: 'results-held', detail: `${workerId}: ${cause}`, step });
  await recordFact(deps, waitId.swept(workerId), { outcome: 'held', cause });
  return true;
}

/** A person mended the cause: the held workers of a source are swept once more. Safe to repeat. @returns how many */
export async function retryHeldSweeps(deps: Pick<Deps, 'stores' | 'now'>, sourceId: string, actor: string): Promise<number> {
  const held = (await deps.stores.workers.withStatus('held', 200)).filter((worker) => worker.sourceId === sourceId);
  for (const worker of held) await changeWorker(deps, worker.workerId, 'retry-sweep', { actor });
  return held.length;
}
