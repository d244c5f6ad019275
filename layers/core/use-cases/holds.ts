/** What a person may do about a worker that is held: its results could not be brought home, and nothing ends it by itself (I5). */
import type { Batch, Job, Worker } from '../entities';
import { changeWorker, type Changed } from './change-status';
import type { Deps } from './deps';
import { runJobOf } from './needed';

type HoldDeps = Pick<Deps, 'stores' | 'now'>;
/** `refused` says in words why, and nothing was changed. */
export type HoldActed =
  | { readonly outcome: 'done'; readonly worker: Worker }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'missing' };

/** Stages whose results anybody can make again: *fetch* only copies files that ENA still serves. */
const REPRODUCIBLE_STAGES: ReadonlySet<string> = new Set(['fetch']);
export const isReproducible = (batch: Pick<Batch, 'stage'> | undefined): boolean =>
  batch !== undefined && REPRODUCIBLE_STAGES.has(batch.stage);

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
 * Lets go of a held worker with what it has, where that can be made again; the history says who did. The heartbeat ends it at its
 * provider. Its batch was settled without it when it was held, so its runs stand as failed and are due at the next check that a person
 * asks for. Said twice, the second is refused.
 */
export async function giveUpHold(deps: HoldDeps, workerId: string, actor: string): Promise<HoldActed> {
  const worker = await deps.stores.workers.get(workerId);
  if (!worker) return { outcome: 'missing' };
  if (worker.status !== 'held') return notHeld(worker);
  const batch = await deps.stores.batches.get(worker.batchId);
  const reproducible = isReproducible(batch);
  if (!reproducible) return refused(`results of stage ${batch?.stage ?? 'unknown'} cannot be fetched again; have them swept or rescued`);
  const detail = `held for ${worker.heldCause ?? 'an unknown cause'}; ${batch?.runCount ?? 0} runs are left to be fetched again`;
  return actedOf(await changeWorker(deps, workerId, 'give-up', { actor, detail, reproducible }));
}

/** Somebody may write to the job in between, its callbacks for one; each try reads again. */
const TRIES = 5;

/**
 * Asks that a held worker put its results into the bucket, which its agent is told with the next answer to a callback. Safe to repeat:
 * the first request stands.
 */
export async function rescueHold(deps: HoldDeps, workerId: string, actor: string): Promise<HoldActed> {
  const worker = await deps.stores.workers.get(workerId);
  if (!worker) return { outcome: 'missing' };
  for (let tries = 0; tries < TRIES; tries += 1) {
    const job = await runJobOf(deps, workerId);
    if (!job) return refused('it has no job that could be told');
    if (job.documentKey === undefined) return refused('its results lie on the cluster already');
    if (worker.status !== 'held') return notHeld(worker);
    if (job.rescueRequestedAt !== undefined) return { outcome: 'done', worker };
    if ((await askRescue(deps, job, actor)) === 'written') return { outcome: 'done', worker };
  }
  return refused('it was changed by somebody else at the same moment; try again');
}

/** No note: a note is only for jobs that are not over, and the job of a held worker is. Its status stays. */
async function askRescue({ stores, now }: HoldDeps, job: Job, actor: string): Promise<'written' | 'conflict'> {
  const { jobId, sourceId, status } = job;
  const at = now().toISOString();
  const written = await stores.jobs.change(jobId, {
    from: status,
    set: { rescueRequestedAt: at },
    event: { entityId: jobId, sourceId, at, type: 'job-rescue-asked', actor },
  });
  return written.outcome;
}
