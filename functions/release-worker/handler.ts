import { z } from 'zod';
import { releaseWorker, type Released, type ReleaseDeps } from '../../layers/core/use-cases/release-worker';

export const Input = z.object({ workerId: z.string(), jobId: z.string() });
export type Input = z.infer<typeof Input>;

/** Ends the worker and frees its slot once it is gone. Safe to repeat: see `releaseWorker`. */
export const releaseWorkerHandler =
  (deps: ReleaseDeps) =>
  ({ workerId, jobId }: Input): Promise<Released> =>
    releaseWorker(deps, workerId, jobId);
