import { Entity } from 'electrodb';
import { z } from 'zod';
import { optional } from '../../core/optional';
import type { Known } from '../../core/ports/stores';
import { Claim, Outcome } from '../../core/records';
import { getAll, parsed } from './parsed';
import { model, partitionKey, sortKey, type Table } from './table';

/**
 * All that is kept of one fetch key: who works on it, what came of it, or both (an earlier failure of what is tried again). One item, so that
 * a claim becomes an outcome in one write, and is refused by one. Names on disk are single letters and the key is a bare template, so
 * that an outcome stays under 400 bytes, for good; it stands in no index. `waiters` is a set, so that two sources may add themselves at
 * once; an empty one is an absent attribute.
 */
export const fetchEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('o'),
      attributes: {
        fetchKey: { type: 'string', field: 'k', required: true },
        holder: { type: 'string', field: 'h' },
        claimedAt: { type: 'string', field: 'c' },
        waiters: { type: 'set', items: 'string', field: 'q' },
        result: { type: 'string', field: 'r' },
        reason: { type: 'string', field: 'w' },
        verdict: { type: 'string', field: 'v' },
        batchId: { type: 'string', field: 'b' },
        bytes: { type: 'number', field: 'n' },
        at: { type: 'string', field: 't' },
      },
      indexes: {
        byKey: {
          pk: { ...partitionKey('fetchKey'), template: 'o#${fetchKey}' },
          sk: { ...sortKey(), template: 'o' },
        },
      },
    },
    { table, client },
  );
export type FetchEntity = ReturnType<typeof fetchEntity>;

export const CLAIM_PARTS = ['holder', 'claimedAt', 'waiters'] as const;
export const OUTCOME_PARTS = ['result', 'reason', 'verdict', 'batchId', 'bytes', 'at'] as const;

const StoredClaim = Claim.extend({ waiters: z.array(z.string()).or(z.set(z.string())).default([]) }).transform(
  ({ waiters, ...claim }): Claim => ({ ...claim, waiters: [...waiters].sort() }),
);
const Part = z.looseObject({ fetchKey: z.string(), holder: z.string().optional(), result: z.string().optional() });
const Stored = Part.transform((item): Known & { readonly fetchKey: string } => ({
  fetchKey: item.fetchKey,
  ...optional('claim', item.holder === undefined ? undefined : StoredClaim.parse(item)),
  ...optional('outcome', item.result === undefined ? undefined : Outcome.parse(item)),
}));

/** An item as it stands; of one that is not there, nothing. */
export const knownOf = (data: unknown): Known => {
  const { claim, outcome } = parsed(Stored, data) ?? {};
  return { ...optional('claim', claim), ...optional('outcome', outcome) };
};

export const knownAll = async (entity: FetchEntity, fetchKeys: readonly string[], mayLag = false): Promise<ReadonlyMap<string, Known>> => {
  const items = await getAll(fetchKeys, Stored, (keys) => entity.get(keys).go({ consistent: !mayLag, unprocessed: 'item' }));
  return new Map([...items].map(([key, { fetchKey: _key, ...known }]) => [key, known]));
};

/** One part of what is known, of those that have it. */
export const partsOf = <K extends keyof Known>(known: ReadonlyMap<string, Known>, part: K): ReadonlyMap<string, NonNullable<Known[K]>> =>
  new Map(
    [...known].flatMap(([key, one]) => {
      const found = one[part];
      return found === undefined ? [] : [[key, found] as const];
    }),
  );

/** Answers, done or refused, with the item that stood there before. */
export const BEFORE = { response: 'all_old', returnOnConditionCheckFailure: 'all_old' } as const;
