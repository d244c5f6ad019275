import { z } from 'zod';
import { settleSource, type SettledSource, type SettleSourceDeps } from '../../layers/core/use-cases/settle-source';

export const Input = z.object({ sourceId: z.string(), cycle: z.number().int(), index: z.number().int() });
export type Input = z.infer<typeof Input>;

/** Ends the publication: counts, status word, next check. Safe to repeat: see `settleSource`. */
export const settleSourceHandler =
  (deps: SettleSourceDeps) =>
  (publication: Input): Promise<SettledSource> =>
    settleSource(deps, publication);
