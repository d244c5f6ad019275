import type { BreakerStore } from '../../core/ports/stores';
import { inOrder } from '../order';
import { copy, copyIfAny, type MemoryState } from './memory-state';

export const memoryBreakers = ({ breakers }: MemoryState): BreakerStore => {
  const keyOf = (provider: string, place: string): string => `${provider}#${place}`;
  return {
    list: async () => inOrder(breakers.values(), ({ provider, place }) => keyOf(provider, place)).map(copy),
    get: async (provider, place) => copyIfAny(breakers.get(keyOf(provider, place))),
    put: async (next) => {
      const key = keyOf(next.provider, next.place);
      if ((breakers.get(key)?.version ?? 0) !== next.version - 1) return 'conflict';
      breakers.set(key, copy(next));
      return 'written';
    },
  };
};
