import { z } from 'zod';
import { beginTending, type TendBegun } from '../../layers/core/home/begin-tending';
import type { Deps } from '../../layers/core/use-cases/deps';

export const Input = z.object({ operationId: z.string(), name: z.string(), startedAt: z.iso.datetime({ offset: true }) });
export type Input = z.infer<typeof Input>;

/** Where the work on what is at home begins. Safe to repeat: see `beginTending`. */
export const beginTendingHandler =
  (deps: Pick<Deps, 'stores'> & { readonly days: number }) =>
  (start: Input): Promise<TendBegun> =>
    beginTending(deps, start);
