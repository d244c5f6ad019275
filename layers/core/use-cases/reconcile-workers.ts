import type { Worker } from '../entities';
import { jobKeyOf } from '../ids';
import type { Found } from '../ports/outside';
import type { Deps } from './deps';
import { freeWorker, type FreeDeps } from './free-worker';
import type { Isolate } from './isolate';
import type { ProviderLists } from './list-providers';
import { neededProvider, runJobOf } from './needed';

/** A worker whose reference was never learned may still be born: it is gone only after this long without a trace. */
export const LATE_BIRTH_SECONDS = 60;

/** Kicks make several beats a minute; a machine takes its time to end, and each question costs its provider a call. */
const ASK_EVERY_SECONDS = 50;
const LEASE = 'reconcile-workers';

const ACTOR = 'probe-jobs';
type ReconcileDeps = Pick<Deps, 'providers' | 'installation'> & FreeDeps & { readonly lists: ProviderLists; readonly isolate: Isolate };

/**
 * Workers that were asked to end: the provider is asked whether they are gone; then, and only then, their slot and reservation are
 * freed (contract 5). Those that live are asked to end again. One that its provider's list lacks is asked for by itself; a provider that does not even
 * give its list is not asked for each. Safe to repeat: `free` counts down once, unknown answers change nothing; done once in a minute, whoever calls.
 * @returns how many were freed and how many still live, or are taken to
 */
export async function reconcileWorkers(deps: ReconcileDeps): Promise<{ readonly freed: number; readonly alive: number }> {
  const destroying = await deps.stores.workers.withStatus('destroying', 200);
  let freed = 0;
  if (destroying.length > 0 && (await isTurn(deps))) {
    for (const worker of destroying) if ((await deps.isolate(worker.workerId, () => settleOne(deps, worker))) === true) freed += 1;
  }
  return { freed, alive: destroying.length - freed };
}

/** Never released: whoever takes it has this minute. */
function isTurn({ stores, now }: ReconcileDeps): Promise<boolean> {
  const at = now();
  const until = new Date(at.getTime() + ASK_EVERY_SECONDS * 1000).toISOString();
  return stores.leases.take(LEASE, at.toISOString(), at.toISOString(), until);
}

async function settleOne(deps: ReconcileDeps, worker: Worker): Promise<boolean> {
  const first = await runJobOf(deps, worker.workerId);
  // No job was ever prepared, so nothing was asked of the provider.
  if (first === undefined) return freeWorker(deps, worker, undefined, ACTOR);
  const key = jobKeyOf(deps.installation, first.jobId);
  const ref = worker.providerRef ?? first.slurmId;
  const provider = neededProvider(deps, worker);
  const listed = await deps.lists(worker.provider);
  if (listed === undefined) return false;
  const found = listed.get(key) ?? (await provider.probe(key, ref));
  if (isGone(found, ref !== undefined, worker, deps.now())) return freeWorker(deps, worker, first, ACTOR);
  if (found.outcome === 'found') await provider.destroy(key, ref);
  if (found.outcome === 'absent' && worker.missingSince === undefined) await noteMissing(deps, worker);
  return false;
}

function isGone(found: Found, born: boolean, worker: Worker, now: Date): boolean {
  if (found.outcome === 'found') return found.worker.state === 'ended';
  if (found.outcome === 'unknown') return false;
  return born || (worker.missingSince !== undefined && now.getTime() - Date.parse(worker.missingSince) >= LATE_BIRTH_SECONDS * 1000);
}

async function noteMissing(deps: ReconcileDeps, { workerId, sourceId }: Worker): Promise<void> {
  const at = deps.now().toISOString();
  const event = { entityId: workerId, sourceId, at, type: 'worker-missing', from: 'destroying', to: 'destroying', actor: ACTOR };
  await deps.stores.workers.change(workerId, { from: 'destroying', set: { missingSince: at }, event });
}
