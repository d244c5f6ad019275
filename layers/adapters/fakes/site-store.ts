import type { SiteStore } from '../../core/ports/stores';
import type { Site } from '../../core/sites/site';
import { inOrder } from '../order';
import { copy, copyIfAny, merge, type MemoryState } from './memory-state';

export const memorySites = (state: MemoryState): SiteStore => ({
  get: async (name) => copyIfAny(state.sites.get(name)),
  list: async () => inOrder(state.sites.values(), ({ name }) => name).map(copy),
  add: async (site) => {
    const there = state.sites.get(site.name);
    if (there !== undefined && there.revokedAt === undefined) return false;
    state.sites.set(site.name, copy(site));
    return true;
  },
  note: async (name, set) => {
    const there = state.sites.get(name);
    if (there === undefined) return false;
    state.sites.set(name, merge<Site>(there, set));
    return true;
  },
});
