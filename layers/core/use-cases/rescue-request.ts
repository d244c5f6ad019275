import type { Job, Worker } from '../entities';
import type { Deps } from './deps';
import { runJobOf } from './needed';

type RequestDeps = Pick<Deps, 'stores' | 'now'>;
export type RescueAsked =
  | { readonly outcome: 'done'; readonly worker: Worker }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'missing' };

/** Somebody may write to the job in between, its callbacks for one; each try reads again. */
const TRIES = 5;
const refused = (reason: string): RescueAsked => ({ outcome: 'refused', reason });

/**
 * Asks that a held worker put its results into the bucket, which its agent is told with the next answer to a callback. Safe to repeat:
 * the first request stands.
 */
export async function requestRescue(deps: RequestDeps, workerId: string, actor: string): Promise<RescueAsked> {
  const worker = await deps.stores.workers.get(workerId);
  if (!worker) return { outcome: 'missing' };
  for (let tries = 0; tries < TRIES; tries += 1) {
    const job = await runJobOf(deps, workerId);
    if (!job) return refused('it has no job that could be told');
    if (job.documentKey === undefined) return refused('its results lie on the cluster already');
    if (job.bringsResults) return refused('its results lie in the bucket already');
    if (worker.status !== 'held') return refused(`it is not held but ${worker.status}`);
    if (job.rescueRequestedAt !== undefined) return { outcome: 'done', worker };
    const at = deps.now().toISOString();
    if ((await write(deps, job, 'job-rescue-asked', actor, { rescueRequestedAt: at })) === 'written') return { outcome: 'done', worker };
  }
  return refused('it was changed by somebody else at the same moment; try again');
}

/** The worker is told no more to bring its results away. Safe to repeat. */
export async function forgetRescue(deps: RequestDeps, job: Job, actor: string): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const current = await deps.stores.jobs.get(job.jobId);
    if (current?.rescueRequestedAt === undefined) return;
    if ((await write(deps, current, 'job-rescue-forgotten', actor, {})) === 'written') return;
  }
}

/** No note: a note is only for jobs that are not over, and the job of a held worker is. Its status stays. */
async function write(
  { stores, now }: RequestDeps,
  { jobId, sourceId, status }: Job,
  type: string,
  actor: string,
  set: Partial<Job>,
): Promise<'written' | 'conflict'> {
  const written = await stores.jobs.change(jobId, {
    from: status,
    set,
    ...(set.rescueRequestedAt === undefined && { remove: ['rescueRequestedAt'] as const }),
    event: { entityId: jobId, sourceId, at: now().toISOString(), type, actor },
  });
  return written.outcome;
}
