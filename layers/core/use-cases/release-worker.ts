import { jobKeyOf } from '../ids';
import type { Found, WorkerProvider } from '../ports/outside';
import { changeWorker } from './change-status';
import type { Deps } from './deps';
import { freeWorker, type FreeDeps } from './free-worker';
import { neededProvider, neededWorker } from './needed';

export type ReleaseDeps = Pick<Deps, 'providers' | 'installation'> & FreeDeps;
/** *destroying*: asked to end, not yet confirmed; the heartbeat confirms it and frees the slot. *held*: kept with its results. */
export interface Released {
  readonly outcome: 'gone' | 'destroying' | 'held' | 'kept';
}

/**
 * A job of the cluster whose agent has told its end has mostly ended, its tasks before it: one question then does. What died without a
 * word may have left tasks behind, and a machine never ends by itself: they are asked to at once.
 */
async function ended(provider: WorkerProvider, key: string, ref: string | undefined, hasReported: boolean): Promise<Found> {
  const before = hasReported && provider.results === 'home' ? await provider.probe(key, ref) : undefined;
  if (before?.outcome === 'found' && before.worker.state === 'ended') return before;
  await provider.destroy(key, ref);
  return provider.probe(key, ref);
}

/**
 * Ends a worker whose results are home, or that never had any, and frees its slot as soon as the provider says that it is gone.
 * What is held stays (I5), and so does what still waits to be swept (*kept*). Safe to repeat: asking twice is one request to the
 * provider more, the counters move once.
 */
export async function releaseWorker(deps: ReleaseDeps, workerId: string, jobId: string): Promise<Released> {
  const before = await neededWorker(deps, workerId);
  if (before.status === 'gone' || before.status === 'held') return { outcome: before.status };
  const job = await deps.stores.jobs.get(jobId);
  const changed = await changeWorker(deps, workerId, 'destroy', {
    actor: 'release-worker',
    nothingToSweep: job?.startedAt === undefined,
  });
  const worker = changed.item ?? before;
  if (worker.status !== 'destroying') {
    // It did start, although its attempt passed by its results: they are swept on schedule, and that lets it go.
    await changeWorker(deps, workerId, 'work-ended', { actor: 'release-worker' });
    return { outcome: 'kept' };
  }
  const key = jobKeyOf(deps.installation, jobId);
  const ref = worker.providerRef ?? job?.slurmId;
  const provider = neededProvider(deps, worker);
  const found = await ended(provider, key, ref, job?.reportKey !== undefined);
  // Without a reference, *absent* may mean "not born yet": only the heartbeat, which looks again later, may call that gone.
  const gone = found.outcome === 'found' ? found.worker.state === 'ended' : found.outcome === 'absent' && ref !== undefined;
  return { outcome: gone && (await freeWorker(deps, worker, job, 'release-worker')) ? 'gone' : 'destroying' };
}
