import type { z } from 'zod';
import { TendPlace } from '../../layers/core/home/documents';
import { settleTending, type SettleTendingDeps, type TendSettled } from '../../layers/core/home/settle-tending';

export const Input = TendPlace;
export type Input = z.infer<typeof Input>;

/** Takes in what a job of an operation did, and says where it goes on. Safe to repeat: see `settleTending`. */
export const settleTendingHandler =
  (deps: SettleTendingDeps) =>
  (place: Input): Promise<TendSettled> =>
    settleTending(deps, place);
