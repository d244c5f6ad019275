import type { Batch, Source } from '../core/entities';
import { isServed } from '../core/sources/priority';

/** Fixed width, so that numbers sort as text. */
export const padded = (value: number, width: number): string => String(value).padStart(width, '0');

/** Sorts batches by pool, then priority (higher first; it is -1 to 6), then age, then place in the plan. */
export const dispatchOrder = (batch: Batch): string =>
  [batch.pool, padded(9 - batch.priority, 2), batch.createdAt, padded(batch.index, 6), batch.batchId].join('#');

/** When a source is due: at once when somebody asked; undefined while it must not start a cycle. */
export const dueAt = (source: Source): string | undefined => {
  if (!isServed(source.priority) || source.paused || source.cycleRunning || source.needsAttention !== undefined) return undefined;
  return source.checkRequested ? '0' : source.nextCheckAt;
};

/** A sorted copy, by a text key, smallest first; each key is worked out once. */
export const inOrder = <T>(items: Iterable<T>, key: (item: T) => string): T[] =>
  Array.from(items, (item) => ({ item, by: key(item) }))
    .sort((one, other) => (one.by < other.by ? -1 : one.by > other.by ? 1 : 0))
    .map(({ item }) => item);
