import type { SourceStore } from '../../core/ports/stores';
import { dueAt, inOrder } from '../order';
import { conflict, copy, copyIfAny, merge, written, type MemoryState } from './memory-state';

export const memorySources = (state: MemoryState): SourceStore => ({
  get: async (sourceId) => copyIfAny(state.sources.get(sourceId)),
  add: async (source, event) => {
    const there = state.sources.get(source.sourceId);
    if (there !== undefined) return conflict(there);
    state.sources.set(source.sourceId, copy(source));
    state.events.push(copy(event));
    return written(source);
  },
  change: async (before, set, event, remove) => {
    const there = state.sources.get(before.sourceId);
    if (there?.version !== before.version) return conflict(there);
    const next = { ...merge(before, set, remove), sourceId: before.sourceId, version: before.version + 1 };
    state.sources.set(before.sourceId, next);
    state.events.push(copy(event));
    return written(next);
  },
  list: async ({ limit = 100, cursor = '' } = {}) => {
    const rest = inOrder(state.sources.values(), (source) => source.sourceId).filter((source) => source.sourceId > cursor);
    const items = rest.slice(0, limit).map(copy);
    const last = items.at(-1);
    return rest.length > limit && last !== undefined ? { items, cursor: last.sourceId } : { items };
  },
  due: async (now, limit) =>
    inOrder(state.sources.values(), (source) => `${dueAt(source) ?? ''}#${source.sourceId}`)
      .filter((source) => (dueAt(source) ?? '~') <= now)
      .slice(0, limit)
      .map(copy),
  remove: async (source) => {
    const there = state.sources.get(source.sourceId);
    if (there?.version !== source.version) return conflict(there);
    state.sources.delete(source.sourceId);
    return written(there);
  },
});
