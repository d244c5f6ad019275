import { z } from 'zod';
import { probeWorker, type ProbedWorker, type ProbeWorkerDeps } from '../../layers/core/use-cases/probe-worker';

export const Input = z.object({
  workerId: z.string(),
  jobId: z.string(),
  waiting: z.enum(['started', 'ended', 'swept']),
  looks: z.number().int(),
});
export type Input = z.infer<typeof Input>;

/** After a wait timed out: looks at the worker and names the state to go to. Safe to repeat: see `probeWorker`. */
export const probeWorkerHandler =
  (deps: ProbeWorkerDeps) =>
  ({ workerId, jobId, waiting, looks }: Input): Promise<ProbedWorker> =>
    probeWorker(deps, workerId, jobId, waiting, looks);
