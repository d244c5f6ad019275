import type { HistoryEvent, Wait } from '../../core/records';
import type { EventStore, LeaseStore, Page, WaitStore } from '../../core/ports/stores';
import { inOrder } from '../order';
import { copy, copyIfAny, type MemoryState } from './memory-state';

const newestFirst = (state: MemoryState, sourceId: string): readonly HistoryEvent[] =>
  inOrder(
    state.events.filter((event) => event.sourceId === sourceId),
    (event) => event.at,
  ).reverse();

export const memoryEvents = (state: MemoryState): EventStore => ({
  append: async (event) => {
    state.events.push(copy(event));
  },
  ofSource: async (sourceId, { limit = 100, cursor = '0' } = {}): Promise<Page<HistoryEvent>> => {
    const all = newestFirst(state, sourceId);
    const end = Number(cursor) + limit;
    const items = all.slice(Number(cursor), end).map(copy);
    return end < all.length ? { items, cursor: String(end) } : { items };
  },
});

export const memoryWaits = (state: MemoryState): WaitStore => {
  const store = (wait: Wait): Wait => {
    state.waits.set(wait.waitId, copy(wait));
    return copy(wait);
  };
  return {
    arrive: async (waitId, token) => {
      const fact = state.waits.get(waitId)?.fact;
      return store({ waitId, token, ...(fact === undefined ? {} : { fact }) });
    },
    settle: async (waitId, fact) => store({ fact, ...(state.waits.get(waitId) ?? { waitId }) }),
    get: async (waitId) => copyIfAny(state.waits.get(waitId)),
    markAnswered: async (waitId, at) => {
      const wait = state.waits.get(waitId);
      if (wait !== undefined) store({ ...wait, answeredAt: at });
    },
  };
};

export const memoryLeases = (state: MemoryState): LeaseStore => ({
  take: async (name, holder, now, until) => {
    const lease = state.leases.get(name);
    if (lease !== undefined && lease.holder !== holder && lease.until > now) return false;
    state.leases.set(name, { holder, until });
    return true;
  },
  release: async (name, holder) => {
    if (state.leases.get(name)?.holder === holder) state.leases.delete(name);
  },
});
