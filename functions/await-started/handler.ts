import { z } from 'zod';
import { waitId } from '../../layers/core/ids';
import { enterWait, type WaitDeps, type WaitResult } from '../../layers/core/use-cases/record-fact';

export const Input = z.object({ jobId: z.string(), taskToken: z.string() });
export type Input = z.infer<typeof Input>;

/** Waits for `<job>/started`: the worker has reported, or will never. Safe to repeat: the newest token waits, and a fact that stands is answered at once. */
export const awaitStartedHandler =
  (deps: WaitDeps) =>
  async ({ jobId, taskToken }: Input): Promise<{ readonly outcome: WaitResult }> => ({
    outcome: await enterWait(deps, waitId.started(jobId), taskToken),
  });
