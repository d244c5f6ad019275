import { z } from 'zod';
import type { Submitted } from '../../layers/core/use-cases/submit-job';
import { verifyResults, type VerifyDeps } from '../../layers/core/use-cases/verify-results';

export const Input = z.object({
  ...{ workerId: z.string(), sweep: z.number().int(), jobId: z.string(), taskToken: z.string() },
  early: z.boolean().optional(),
});
export type Input = z.infer<typeof Input>;

/** Has what the worker staged verified and published, and waits for the end of that job. Safe to repeat: see `verifyResults`. */
export const verifyResultsHandler =
  (deps: VerifyDeps) =>
  ({ taskToken, ...sweep }: Input): Promise<Submitted> =>
    verifyResults(deps, sweep, taskToken);
