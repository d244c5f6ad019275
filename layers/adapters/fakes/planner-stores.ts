import type { HomeStore, PaceStore } from '../../core/ports/stores';
import { inOrder } from '../order';
import { copy, copyIfAny, type MemoryState } from './memory-state';

const keyOf = ({ provider, stage, revision }: Parameters<PaceStore['get']>[0]): string => `${provider}#${stage}#${revision}`;

export const memoryPaces = (state: MemoryState): PaceStore => ({
  get: async (key) => copyIfAny(state.paces.get(keyOf(key))),
  list: async () => inOrder(state.paces.values(), keyOf).map(copy),
  learn: async (next, workerId) => {
    if (state.paceSamples.has(workerId)) return 'known';
    if ((state.paces.get(keyOf(next))?.version ?? 0) !== next.version - 1) return 'conflict';
    state.paces.set(keyOf(next), copy(next));
    state.paceSamples.add(workerId);
    return 'written';
  },
});

export const memoryHome = (state: MemoryState): HomeStore => ({
  get: async () => copyIfAny(state.home.get('home')),
  put: async (space) => {
    state.home.set('home', copy(space));
  },
});
