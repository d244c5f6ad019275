import { z } from 'zod';
import { TendPlace } from '../../layers/core/home/documents';
import { submitTending, type SubmitTendingDeps } from '../../layers/core/home/submit-tending';

export const Input = TendPlace.extend({ taskToken: z.string() });
export type Input = z.infer<typeof Input>;

/** Submits the next job of an operation on what is at home and waits for its end. Safe to repeat: see `submitTending`. */
export const submitTendingHandler =
  (deps: SubmitTendingDeps) =>
  ({ taskToken, ...place }: Input): Promise<{ readonly outcome: string }> =>
    submitTending(deps, place, taskToken);
