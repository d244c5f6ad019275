import type { Job } from '../entities';
import { waitId } from '../ids';
import { changeBatch, changeWorker } from './change-status';
import type { Deps } from './deps';
import { MACHINE_GONE } from '../attempts/limits';
import { kickSweep } from './kick-sweep';
import { neededWorker, runJobOf } from './needed';
import { enterWait, recordFact, type WaitResult } from './record-fact';

export type AwaitSweptDeps = Pick<Deps, 'stores' | 'machines' | 'now'>;

/** Why there is nothing to sweep, if there is not: its results went with it, or it never started, and still has not. Its runs are due again. */
function nothingIn(job: Job | undefined, started: string): string | undefined {
  if (job?.cause === MACHINE_GONE) return MACHINE_GONE;
  return started === 'never-started' && job?.startedAt === undefined ? (job?.cause ?? started) : undefined;
}

/**
 * The work on a worker has ended: it is to be swept, its batch is sweeping, a sweep is started at once, and the execution waits for
 * `<worker>/swept`. Safe to repeat; where the sweep was over before, its fact is recorded again from what the worker's status says.
 */
export async function awaitSwept(
  deps: AwaitSweptDeps,
  attempt: { readonly batchId: string; readonly attempt: number; readonly workerId: string; readonly started: string },
  token: string,
): Promise<WaitResult> {
  const actor = 'await-swept';
  await changeBatch(deps, attempt.batchId, 'work-ended', { actor, where: { attempt: attempt.attempt } });
  const nothing = nothingIn(await runJobOf(deps, attempt.workerId), attempt.started);
  if (nothing !== undefined) await changeWorker(deps, attempt.workerId, 'destroy', { actor, detail: nothing, nothingToSweep: true });
  else await changeWorker(deps, attempt.workerId, 'work-ended', { actor });
  const worker = await neededWorker(deps, attempt.workerId);
  if (worker.status === 'ready' || worker.status === 'sweeping') await kickSweep(deps, worker);
  else if (worker.status === 'held') await recordFact(deps, waitId.swept(worker.workerId), { outcome: 'held', cause: 'held-before' });
  else await recordFact(deps, waitId.swept(worker.workerId), { outcome: 'swept' });
  return enterWait(deps, waitId.swept(worker.workerId), token);
}
