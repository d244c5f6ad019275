import type { z } from 'zod';
import type { Change, Written } from '../../core/ports/stores';
import { eventItem, type EventEntity } from './event';
import { conflict, parsed, stored, written } from './parsed';
import { transact } from './transact';

type Names = Readonly<Record<string, string>>;
type Values = Readonly<Record<string, unknown>>;
interface Operations {
  readonly eq: (name: string, value: unknown) => string;
  readonly ne: (name: string, value: unknown) => string;
  readonly lt: (name: string, value: unknown) => string;
  readonly notExists: (name: string) => string;
}
/** What a change needs of ElectroDB's chain: its own types differ for each entity, the change of status is the same for all three. */
export interface Patch {
  set(values: Values): Patch;
  remove(names: readonly string[]): Patch;
  composite(values: Values): Patch;
  where(condition: (names: Names, operations: Operations) => string): Patch;
  commit(options: { readonly response: 'all_old' }): unknown;
  go(options: {
    readonly response: 'all_new';
    readonly returnOnConditionCheckFailure: 'all_old';
  }): Promise<{ readonly rejected: boolean; readonly data: unknown }>;
}

/** The chain as an item of a transaction that answers, where its condition fails, with what stands there. */
export const committed = (chain: object): unknown => (chain as Patch).commit({ response: 'all_old' });

/** Equalities as a condition; `undefined` asks for an absent attribute. */
export const equalities =
  (wanted: Values) =>
  (names: Names, { eq, notExists }: Operations): string =>
    Object.entries(wanted)
      .map(([name, value]) => (value === undefined ? notExists(names[name] ?? name) : eq(names[name] ?? name, value)))
      .join(' AND ');

/**
 * Applies `set` and `remove`. `undefined` in `set` removes, as an explicit `remove` does; the attributes of the item's own key stay out.
 * @param key names of the attributes that make the item's own key
 */
export const assigned = (patch: object, set: object, remove: readonly PropertyKey[] = [], key: readonly string[] = []): Patch => {
  const entries = Object.entries(set).filter(([name]) => !key.includes(name));
  const removed = new Set([...remove.map(String), ...entries.filter(([, value]) => value === undefined).map(([name]) => name)]);
  const next = (patch as Patch).set(Object.fromEntries(entries.filter(([name]) => !removed.has(name))));
  return removed.size === 0 ? next : next.remove([...removed]);
};

/**
 * The patch of one change of status, held to `from` and `where`; the keys of the status index are made again, for which `composite`
 * gives what the change itself does not set.
 */
export const changed = <T, S>(patch: object, change: Omit<Change<T, S>, 'event'>, composite: Values, key: readonly string[]): Patch =>
  assigned(patch, { status: change.from, ...change.set }, change.remove, key)
    .composite(composite)
    .where(equalities({ status: change.from, ...change.where }));

/** What one change is committed with. */
export interface Commitment<T> {
  /** The entity of the item and that of its history. */
  readonly entities: { readonly item: object; readonly event: EventEntity };
  readonly schema: z.ZodType<T>;
  readonly read: () => Promise<T | undefined>;
}

/** One change with its line of history in one transaction, then a read of the whole item, in which what was just set holds. */
export const commitChange = async <T extends object, S>(
  { entities, schema, read }: Commitment<T>,
  change: Change<T, S>,
  patch: Patch,
): Promise<Written<T>> => {
  const result = await transact(entities, [committed(patch), committed(entities.event.put(eventItem(change.event)))]);
  if (result.outcome === 'rejected') return conflict(parsed(schema, result.items[0]));
  const after = await read();
  if (after === undefined) return conflict<T>(undefined);
  return written(schema.parse(stored({ ...after, ...change.set })));
};
