/** What a person may do about a worker that is held: its results could not be brought home (I5). What Trawl does by itself stands in `end-holds.ts`. */
import type { Worker } from '../entities';
import { isReproducible } from '../lifecycle/reproducible';
import { changeWorker, type Changed } from './change-status';
import type { Deps } from './deps';
import { noteAttempt } from './note-attempt';
import { requestRescue } from './rescue-request';

type HoldDeps = Pick<Deps, 'stores' | 'now'>;
/** `refused` says in words why, and nothing was changed. */
export type HoldActed =
  | { readonly outcome: 'done'; readonly worker: Worker }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'missing' };

const refused = (reason: string): HoldActed => ({ outcome: 'refused', reason });
const notHeld = ({ status }: Worker): HoldActed => refused(`it is not held but ${status}`);

function actedOf(changed: Changed<Worker>): HoldActed {
  if (changed.outcome === 'changed') return { outcome: 'done', worker: changed.item };
  if (changed.item) return notHeld(changed.item);
  return changed.by.includes('missing') ? { outcome: 'missing' } : refused('it was changed by somebody else at the same moment; try again');
}

/** One more sweep, with its failures forgotten. Said twice, the second is refused: it is not held any more. */
export const retryHold = async (deps: HoldDeps, workerId: string, actor: string): Promise<HoldActed> =>
  actedOf(await changeWorker(deps, workerId, 'retry-sweep', { actor }));

/**
 * Lets go of a held worker with what it has, where that can be made again; the history and the attempt say who did and why. The heartbeat ends it at its
 * provider. Its batch was settled without it when it was held, so its runs stand as failed and are due at the next check that a person
 * asks for. Said twice, the second is refused.
 */
export async function giveUpHold(deps: HoldDeps, workerId: string, actor: string, why = 'a person asked'): Promise<HoldActed> {
  const worker = await deps.stores.workers.get(workerId);
  if (!worker) return { outcome: 'missing' };
  if (worker.status !== 'held') return notHeld(worker);
  const batch = await deps.stores.batches.get(worker.batchId);
  const reproducible = batch !== undefined && isReproducible({ name: batch.stage });
  if (!reproducible) return refused(`results of stage ${batch?.stage ?? 'unknown'} cannot be fetched again; have them swept or rescued`);
  const detail = `${why}; held for ${worker.heldCause ?? 'an unknown cause'}; ${batch.runCount} runs are left to be fetched again`;
  const acted = actedOf(await changeWorker(deps, workerId, 'give-up', { actor, detail, reproducible }));
  if (acted.outcome === 'done') await noteAttempt(deps, worker, { cause: 'given-up', detail, actor });
  return acted;
}

/** Asks that a held worker put its results into the bucket. Safe to repeat: the first request stands. */
export const rescueHold = (deps: HoldDeps, workerId: string, actor: string): Promise<HoldActed> => requestRescue(deps, workerId, actor);
