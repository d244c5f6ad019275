import type { Batch } from '../entities';
import { windowOf, type Budget, type Committed } from '../money/budget';
import type { CapCounter } from '../records';
import type { Deps } from '../use-cases/deps';
import { fullCap, type Caps } from './eligibility';

/** Planned batches that are looked at while no worker may be made: enough to say what they wait for. */
const LOOK_AT = 500;
/** Far more than plans come to: then all are looked at. */
const MOST = 20_000;

/**
 * The planned batches of which some may go. Those that may not (a plan that waits for approval, a pool or a source whose places are taken) must not hide the
 * ones behind them, so all are read as soon as there is a place at all. Reads only.
 */
export async function plannedBatches({ stores }: Pick<Deps, 'stores'>, { total }: Pick<Caps, 'total'>): Promise<readonly Batch[]> {
  const first = await stores.batches.withStatus('planned', LOOK_AT);
  if (first.length < LOOK_AT) return first;
  const isFull = fullCap([{ scope: 'total', maxWorkers: total }], await stores.workers.counters(), 0) !== undefined;
  return isFull ? first : stores.batches.withStatus('planned', MOST);
}

/** What is counted and spent, read once for all batches that only wait, and again after each try. */
export interface Standing {
  counters(): Promise<readonly CapCounter[]>;
  committed(): Promise<Committed>;
  /** A try may have moved both. */
  forget(): void;
}
export function standingNow({ stores, now, budget }: Pick<Deps, 'stores' | 'now'> & { readonly budget: Budget }): Standing {
  let seen: { readonly counters?: readonly CapCounter[]; readonly committed?: Committed } = {};
  return {
    counters: async () => {
      const counters = seen.counters ?? (await stores.workers.counters());
      seen = { ...seen, counters };
      return counters;
    },
    committed: async () => {
      const committed = seen.committed ?? (await stores.money.committed(windowOf(now(), budget)));
      seen = { ...seen, committed };
      return committed;
    },
    forget: () => {
      seen = {};
    },
  };
}
