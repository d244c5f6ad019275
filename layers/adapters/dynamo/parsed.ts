import { z } from 'zod';
import type { Written } from '../../core/ports/stores';

/** What the table holds, as the domain knows it. @throws ZodError when it is not what the schema says */
export const parsed = <T>(schema: z.ZodType<T>, data: unknown): T | undefined =>
  data === null || data === undefined ? undefined : schema.parse(data);

export const allParsed = <T>(schema: z.ZodType<T>, data: readonly unknown[]): readonly T[] => data.map((item) => schema.parse(item));

export const written = <T>(item: T): Written<T> => ({ outcome: 'written', item });
export const conflict = <T>(item: T | undefined): Written<T> =>
  item === undefined ? { outcome: 'conflict' } : { outcome: 'conflict', item };

/** Runs `act` on each, a few at a time. */
export const eachBounded = async <T, R>(items: readonly T[], act: (item: T) => Promise<R>, atOnce = 16): Promise<readonly R[]> => {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    results.push(...(await Promise.all(items.slice(start, start + atOnce).map(act))));
  }
  return results;
};

/** The item without its undefined attributes: the table knows only absent ones. */
export const stored = <T extends object>(item: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };

const FetchKey = z.object({ fetchKey: z.string() });
interface Some {
  readonly data: readonly unknown[];
  /** Keys that DynamoDB left out of a large answer. */
  readonly unprocessed: readonly unknown[];
}
/** Items by fetch key, asked for until none is left unprocessed. */
export const getAll = async <T extends { readonly fetchKey: string }>(
  fetchKeys: readonly string[],
  schema: z.ZodType<T>,
  ask: (keys: { readonly fetchKey: string }[]) => Promise<Some>,
): Promise<ReadonlyMap<string, T>> => {
  const found = new Map<string, T>();
  let keys = [...new Set(fetchKeys)].map((fetchKey) => ({ fetchKey }));
  while (keys.length > 0) {
    const { data, unprocessed } = await ask(keys);
    for (const item of allParsed(schema, data)) found.set(item.fetchKey, item);
    keys = unprocessed.map((key) => FetchKey.parse(key));
  }
  return found;
};
