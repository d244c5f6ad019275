import { z } from 'zod';
import { provisionWorker, type Provisioned, type ProvisionDeps } from '../../layers/core/use-cases/provision-worker';

export const Input = z.object({ batchId: z.string(), attempt: z.number().int(), workerId: z.string() });
export type Input = z.infer<typeof Input>;

/** Gives the attempt its worker. Safe to repeat: see `provisionWorker`. */
export const provisionWorkerHandler =
  (deps: ProvisionDeps) =>
  ({ batchId, attempt, workerId }: Input): Promise<Provisioned> =>
    provisionWorker(deps, batchId, attempt, workerId);
