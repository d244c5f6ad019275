import type { ClaimStore, OutcomeStore } from '../../core/ports/stores';
import { copy, type MemoryState } from './memory-state';

const pick = <T>(items: ReadonlyMap<string, T>, keys: readonly string[]): ReadonlyMap<string, T> =>
  new Map(
    keys.flatMap((key) => {
      const item = items.get(key);
      return item === undefined ? [] : [[key, copy(item)] as const];
    }),
  );

export const memoryClaims = (state: MemoryState): ClaimStore => ({
  get: async (fetchKeys) => pick(state.claims, fetchKeys),
  claim: async (claims) =>
    claims.map((claim) => {
      const standing = state.claims.get(claim.fetchKey);
      if (standing === undefined) state.claims.set(claim.fetchKey, copy(claim));
      const holder = standing?.holder ?? claim.holder;
      return { fetchKey: claim.fetchKey, outcome: holder === claim.holder ? 'claimed' : 'held', holder };
    }),
  addWaiter: async (fetchKey, sourceId) => {
    const claim = state.claims.get(fetchKey);
    if (claim === undefined) return false;
    state.claims.set(fetchKey, { ...claim, waiters: [...new Set([...claim.waiters, sourceId])].sort() });
    return true;
  },
  release: async (fetchKeys, holder) => {
    const released = fetchKeys.flatMap((key) => {
      const claim = state.claims.get(key);
      return claim?.holder === holder ? [claim] : [];
    });
    for (const claim of released) state.claims.delete(claim.fetchKey);
    return [...new Set(released.flatMap((claim) => claim.waiters))].sort();
  },
});

export const memoryOutcomes = (state: MemoryState): OutcomeStore => ({
  get: async (fetchKeys) => pick(state.outcomes, fetchKeys),
  put: async (outcomes) => {
    for (const outcome of outcomes) {
      if (state.outcomes.get(outcome.fetchKey)?.result !== 'complete') state.outcomes.set(outcome.fetchKey, copy(outcome));
    }
  },
  remove: async (fetchKeys) => fetchKeys.forEach((key) => state.outcomes.delete(key)),
});
