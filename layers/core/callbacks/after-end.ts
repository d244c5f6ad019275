import type { Job } from '../entities';
import type { Deps } from '../use-cases/deps';
import { verifiedRuns } from '../use-cases/verified-runs';
import type { Order } from '../wire';
import { attemptKeyOf, freeSignatureOf } from './keys';
import { masterOf, type ReadMaster } from './masters';

type AfterDeps = Pick<Deps, 'stores' | 'objects'> & { readonly master: ReadMaster };
/** What a worker is told; *free* names the runs whose files are verified at home, signed, since it makes the worker delete. */
export interface Orders {
  readonly order: Order;
  readonly verified?: readonly string[];
  readonly signature?: string;
}

/**
 * What a worker does whose job is over: where it keeps the results, it waits until they are home, then lets go of what is verified there.
 * Reads only; an order is repeated as long as it holds.
 */
export async function ordersAfterEnd(deps: AfterDeps, job: Job): Promise<Orders> {
  const worker =
    job.documentKey === undefined || job.bringsResults || job.workerId === undefined
      ? undefined
      : await deps.stores.workers.get(job.workerId);
  if (worker === undefined || worker.status === 'gone') return { order: 'stop' };
  if (worker.status === 'held' && job.rescueRequestedAt !== undefined) return { order: 'rescue' };
  if (worker.status !== 'swept' && worker.status !== 'destroying') return { order: 'wait' };
  const verified = await verifiedRuns(deps, worker.workerId);
  if (verified.length === 0) return { order: 'wait' };
  const key = attemptKeyOf(await masterOf(deps.master, job), job.jobId, job.attempt);
  return { order: 'free', verified, signature: freeSignatureOf(key, job.jobId, verified) };
}
