import type { ReapStore } from '../../core/ports/stores';
import { inOrder } from '../order';
import { copy, copyIfAny, type MemoryState } from './memory-state';

const LAST = 'last';

export const memoryReaps = (state: MemoryState): ReapStore => ({
  report: async () => copyIfAny(state.reapReports.get(LAST)),
  putReport: async (report) => {
    state.reapReports.set(LAST, copy(report));
  },
  keeps: async () => inOrder(state.keeps.values(), ({ name }) => name).map(copy),
  keep: async (keep) => {
    state.keeps.set(keep.name, copy(keep));
  },
  unkeep: async (name) => state.keeps.delete(name),
});
