import type { TokenStore } from '../../core/ports/stores';
import { ApiToken } from '../../core/records';
import { inOrder } from '../order';
import { copy, copyIfAny, type MemoryState } from './memory-state';

export const memoryTokens = ({ tokens, issued }: Pick<MemoryState, 'tokens' | 'issued'>): TokenStore => ({
  get: async (tokenHash) => copyIfAny(tokens.get(tokenHash)),
  put: async (token) => {
    tokens.set(token.tokenHash, copy(token));
  },
  remove: async (tokenHash) => {
    tokens.delete(tokenHash);
  },
  named: async (name) => copyIfAny(issued.get(name)),
  list: async () => inOrder(issued.values(), ({ name }) => name).map(copy),
  issue: async (next, before) => {
    const there = issued.get(next.name);
    if (there?.tokenHash !== before?.tokenHash || there?.revokedAt !== before?.revokedAt) return false;
    issued.set(next.name, copy(next));
    if (before !== undefined) tokens.delete(before.tokenHash);
    if (next.revokedAt === undefined) tokens.set(next.tokenHash, ApiToken.parse(next));
    return true;
  },
});
