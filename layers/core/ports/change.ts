/** What stores are asked to write, and answer. */
import type { HistoryEvent } from '../records';

/** `conflict`: the condition did not hold; `item` is what stands there now (absent: nothing does). */
export type Written<T> = { readonly outcome: 'written'; readonly item: T } | { readonly outcome: 'conflict'; readonly item?: T };

/** One conditional write along the transition table. `where` adds equalities that must hold besides the status. */
export interface Change<T, S> {
  readonly from: S;
  readonly set: Partial<T>;
  readonly remove?: readonly (keyof T)[];
  readonly where?: Partial<T>;
  /** History line written in the same transaction. */
  readonly event: HistoryEvent;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: string;
}
