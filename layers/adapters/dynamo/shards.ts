import { createHash } from 'node:crypto';
import { SHARD_COUNT } from './table-definition';

/** Which partition of its status an item belongs to: by its id, so for good. */
export const shardOf = (id: string): string => String((createHash('sha256').update(id).digest()[0] ?? 0) % SHARD_COUNT);

/** Asks every shard at once; the answers in one list, unsorted. */
export const fromEveryShard = async <T>(ask: (shard: string) => Promise<readonly T[]>): Promise<T[]> =>
  (await Promise.all(Array.from({ length: SHARD_COUNT }, (_, shard) => ask(String(shard))))).flat();
