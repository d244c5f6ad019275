import type { OverBudget } from '../money/budget';

/** `refused`: the cap or budget of that scope has no room now. `waiting`: another writer was first, or a guard does not hold. */
export type Dispatched =
  | { readonly outcome: 'dispatched'; readonly workerId: string }
  | { readonly outcome: 'linked' }
  | { readonly outcome: 'refused'; readonly by: string; readonly over?: OverBudget }
  | { readonly outcome: 'waiting'; readonly by: readonly string[] };
