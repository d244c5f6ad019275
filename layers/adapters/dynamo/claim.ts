import { optional } from '../../core/optional';
import type { ClaimAnswer, ClaimStore } from '../../core/ports/stores';
import type { Claim } from '../../core/records';
import { BEFORE, CLAIM_PARTS, knownAll, knownOf, partsOf, type FetchEntity } from './fetch';
import { eachBounded } from './parsed';

/** One conditional write, that a claim of anybody and a *complete* refuse; what refused it says which. */
const claimOne = async (entity: FetchEntity, { fetchKey, holder, claimedAt }: Claim): Promise<ClaimAnswer> => {
  const chain = entity
    .update({ fetchKey })
    .set({ holder, claimedAt })
    .where((run, { ne, notExists }) => `${notExists(run.holder)} AND (${notExists(run.result)} OR ${ne(run.result, 'complete')})`);
  const { rejected, data } = await chain.go(BEFORE);
  const { claim, outcome } = knownOf(data);
  if (rejected && outcome?.result === 'complete') return { fetchKey, outcome: 'complete', before: outcome };
  if (rejected && claim !== undefined && claim.holder !== holder) return { fetchKey, outcome: 'held', holder: claim.holder };
  return { fetchKey, outcome: 'claimed', ...optional('before', outcome) };
};

/** An item that holds nothing else goes; an earlier failure stays. @returns who waited */
const releaseOne = async (entity: FetchEntity, fetchKey: string, holder: string, hasOutcome: boolean): Promise<readonly string[]> => {
  const { rejected, data } = hasOutcome
    ? await entity
        .update({ fetchKey })
        .remove([...CLAIM_PARTS])
        .where((run, { eq }) => eq(run.holder, holder))
        .go(BEFORE)
    : await entity
        .delete({ fetchKey })
        .where((run, { eq, notExists }) => `${eq(run.holder, holder)} AND ${notExists(run.result)}`)
        .go(BEFORE);
  const { claim } = knownOf(data);
  if (!rejected) return claim?.waiters ?? [];
  // An outcome came in between.
  return !hasOutcome && claim?.holder === holder ? releaseOne(entity, fetchKey, holder, true) : [];
};

export const dynamoClaims = (entity: FetchEntity): ClaimStore => ({
  get: async (fetchKeys) => partsOf(await knownAll(entity, fetchKeys), 'claim'),
  claim: (claims) =>
    eachBounded([...new Map(claims.map((claim) => [claim.fetchKey, claim])).values()], async (claim) => claimOne(entity, claim)),
  addWaiter: async (fetchKey, sourceId) => {
    const { rejected } = await entity
      .patch({ fetchKey })
      .add({ waiters: [sourceId] })
      .where((run, { exists }) => exists(run.holder))
      .go({ returnOnConditionCheckFailure: true });
    return !rejected;
  },
  // To look is a tenth of what a write costs that finds nothing, and most claims have become outcomes by then.
  release: async (fetchKeys, holder) => {
    const held = [...(await knownAll(entity, fetchKeys))].filter(([, { claim }]) => claim?.holder === holder);
    const waiters = await eachBounded(held, async ([fetchKey, { outcome }]) => releaseOne(entity, fetchKey, holder, outcome !== undefined));
    return [...new Set(waiters.flat())].sort();
  },
});
