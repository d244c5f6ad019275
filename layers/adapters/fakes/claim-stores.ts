import { optional } from '../../core/optional';
import type { ClaimAnswer, ClaimStore, OutcomeStore } from '../../core/ports/stores';
import type { Outcome } from '../../core/records';
import { copy, copyIfAny, type MemoryState } from './memory-state';

const pick = <T>(items: ReadonlyMap<string, T>, keys: readonly string[]): ReadonlyMap<string, T> =>
  new Map(
    keys.flatMap((key) => {
      const item = items.get(key);
      return item === undefined ? [] : [[key, copy(item)] as const];
    }),
  );
const sorted = (words: readonly string[]): readonly string[] => [...new Set(words)].sort();

export const memoryClaims = (state: MemoryState): ClaimStore => ({
  get: async (fetchKeys) => pick(state.claims, fetchKeys),
  claim: async (claims) =>
    claims.map((claim): ClaimAnswer => {
      const { fetchKey } = claim;
      const standing = state.claims.get(fetchKey);
      const before = copyIfAny(state.outcomes.get(fetchKey));
      if (before?.result === 'complete') return { fetchKey, outcome: 'complete', before };
      if (standing !== undefined && standing.holder !== claim.holder) return { fetchKey, outcome: 'held', holder: standing.holder };
      if (standing === undefined) state.claims.set(fetchKey, copy(claim));
      return { fetchKey, outcome: 'claimed', ...optional('before', before) };
    }),
  addWaiter: async (fetchKey, sourceId) => {
    const claim = state.claims.get(fetchKey);
    if (claim === undefined) return false;
    state.claims.set(fetchKey, { ...claim, waiters: [...new Set([...claim.waiters, sourceId])].sort() });
    return true;
  },
  release: async (fetchKeys, holder) => sorted(fetchKeys.flatMap((key) => released(state, key, holder))),
});

function released({ claims }: MemoryState, fetchKey: string, holder: string): readonly string[] {
  const claim = claims.get(fetchKey);
  if (claim?.holder !== holder) return [];
  claims.delete(fetchKey);
  return claim.waiters;
}

export const memoryOutcomes = (state: MemoryState): OutcomeStore => {
  const put = (outcome: Outcome): readonly string[] => {
    const { fetchKey, batchId, result } = outcome;
    if (state.outcomes.get(fetchKey)?.result !== 'complete') state.outcomes.set(fetchKey, copy(outcome));
    return result === 'complete' ? released(state, fetchKey, batchId) : [];
  };
  return {
    get: async (fetchKeys) => pick(state.outcomes, fetchKeys),
    known: async (fetchKeys) =>
      new Map(
        fetchKeys.flatMap((key) => {
          const [claim, outcome] = [copyIfAny(state.claims.get(key)), copyIfAny(state.outcomes.get(key))];
          return claim || outcome ? [[key, { ...optional('claim', claim), ...optional('outcome', outcome) }] as const] : [];
        }),
      ),
    put: async (outcomes) => sorted(outcomes.flatMap(put)),
    remove: async (fetchKeys) => fetchKeys.forEach((key) => state.outcomes.delete(key)),
  };
};
