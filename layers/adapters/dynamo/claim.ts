import { Entity } from 'electrodb';
import { Claim } from '../../core/records';
import type { ClaimStore } from '../../core/ports/stores';
import { attributesOf } from './attributes';
import { committed } from './change';
import { eachBounded, getAll, parsed } from './parsed';
import { CONSISTENT, model, partitionKey, sortKey, type Table } from './table';
import { transact } from './transact';

/** `waiters` is a set, so that two sources may add themselves at once; an empty one is an absent attribute. */
export const claimEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('claim'),
      attributes: { ...attributesOf(Claim), waiters: { type: 'set', items: 'string' } },
      indexes: { byKey: { scope: 'claim', pk: partitionKey('fetchKey'), sk: sortKey() } },
    },
    { table, client },
  );
export type ClaimEntity = ReturnType<typeof claimEntity>;

const StoredClaim = Claim.extend({ waiters: Claim.shape.waiters.default([]).transform((waiters) => [...waiters].sort()) });
const withoutWaiters = ({ waiters, ...claim }: Claim) => (waiters.length === 0 ? claim : { ...claim, waiters });

type Claimed = Awaited<ReturnType<ClaimStore['claim']>>[number];
const judged = (mine: Claim, standing: Claim): Claimed => ({
  fetchKey: mine.fetchKey,
  outcome: standing.holder === mine.holder ? 'claimed' : 'held',
  holder: standing.holder,
});

/** One transaction puts all that are free; those that are not are answered and the others put again. */
const claimAll = async (entity: ClaimEntity, claims: readonly Claim[]): Promise<readonly Claimed[]> => {
  if (claims.length === 0) return [];
  const result = await transact(
    { claims: entity },
    claims.map((claim) => committed(entity.create(withoutWaiters(claim)))),
  );
  if (result.outcome === 'done') return claims.map((claim) => judged(claim, claim));
  const taken = claims.flatMap((claim, place) => {
    const standing = result.failed[place] === true ? parsed(StoredClaim, result.items[place]) : undefined;
    return standing === undefined ? [] : [judged(claim, standing)];
  });
  const answered = new Set(taken.map(({ fetchKey }) => fetchKey));
  return [
    ...taken,
    ...(await claimAll(
      entity,
      claims.filter(({ fetchKey }) => !answered.has(fetchKey)),
    )),
  ];
};

export const dynamoClaims = (entity: ClaimEntity): ClaimStore => {
  const get: ClaimStore['get'] = (fetchKeys) =>
    getAll(fetchKeys, StoredClaim, (keys) => entity.get(keys).go({ ...CONSISTENT, unprocessed: 'item' }));
  return {
    get,
    claim: async (claims) => {
      const results = await claimAll(entity, [...new Map(claims.map((claim) => [claim.fetchKey, claim])).values()]);
      const byKey = new Map(results.map((result) => [result.fetchKey, result]));
      return claims.flatMap(({ fetchKey }) => byKey.get(fetchKey) ?? []);
    },
    addWaiter: async (fetchKey, sourceId) => {
      const result = await entity
        .patch({ fetchKey })
        .add({ waiters: [sourceId] })
        .go({ returnOnConditionCheckFailure: true });
      return !result.rejected;
    },
    release: async (fetchKeys, holder) => {
      const released = await eachBounded(fetchKeys, async (fetchKey) => {
        const removal = entity.delete({ fetchKey }).where((claim, { eq }) => eq(claim.holder, holder));
        const { rejected, data } = await removal.go({ response: 'all_old', returnOnConditionCheckFailure: 'all_old' });
        return rejected ? [] : (parsed(StoredClaim, data)?.waiters ?? []);
      });
      return [...new Set(released.flat())].sort();
    },
  };
};
