import { waitId } from '../ids';
import { changeBatch, changeWorker } from './change-status';
import type { Deps } from './deps';
import { MACHINE_GONE } from '../attempts/limits';
import { kickSweep } from './kick-sweep';
import { neededWorker, runJobOf } from './needed';
import { enterWait, recordFact, type WaitResult } from './record-fact';

export type AwaitSweptDeps = Pick<Deps, 'stores' | 'machines' | 'now'>;

/**
 * The work on a worker has ended: it is to be swept, its batch is sweeping, a sweep is started at once, and the execution waits for
 * `<worker>/swept`. Safe to repeat; where the sweep was over before, its fact is recorded again from what the worker's status says.
 */
export async function awaitSwept(
  deps: AwaitSweptDeps,
  attempt: { readonly batchId: string; readonly attempt: number; readonly workerId: string },
  token: string,
): Promise<WaitResult> {
  const actor = 'await-swept';
  await changeBatch(deps, attempt.batchId, 'work-ended', { actor, where: { attempt: attempt.attempt } });
  // Its results went with it: there is nothing to sweep, and its runs are due again.
  const vanished = (await runJobOf(deps, attempt.workerId))?.cause === MACHINE_GONE;
  if (vanished) await changeWorker(deps, attempt.workerId, 'destroy', { actor, detail: MACHINE_GONE, nothingToSweep: true });
  else await changeWorker(deps, attempt.workerId, 'work-ended', { actor });
  const worker = await neededWorker(deps, attempt.workerId);
  if (worker.status === 'ready' || worker.status === 'sweeping') await kickSweep(deps, worker);
  else if (worker.status === 'held') await recordFact(deps, waitId.swept(worker.workerId), { outcome: 'held', cause: 'held-before' });
  else await recordFact(deps, waitId.swept(worker.workerId), { outcome: 'swept' });
  return enterWait(deps, waitId.swept(worker.workerId), token);
}
