import { z } from 'zod';
import { awaitSwept, type AwaitSweptDeps } from '../../layers/core/use-cases/await-swept';
import type { WaitResult } from '../../layers/core/use-cases/record-fact';

export const Input = z.object({
  batchId: z.string(),
  attempt: z.number().int(),
  workerId: z.string(),
  /** What the wait for its start was answered with; *unknown* where a look led here. */
  started: z.enum(['started', 'never-started', 'unknown']),
  taskToken: z.string(),
});
export type Input = z.infer<typeof Input>;

/** The work has ended: has the worker swept and waits for `<worker>/swept`. Safe to repeat: see `awaitSwept`. */
export const awaitSweptHandler =
  (deps: AwaitSweptDeps) =>
  async ({ taskToken, ...attempt }: Input): Promise<{ readonly outcome: WaitResult }> => ({
    outcome: await awaitSwept(deps, attempt, taskToken),
  });
