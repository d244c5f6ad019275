import type { OperationStore } from '../../core/ports/stores';
import { inOrder } from '../order';
import { conflict, copy, copyIfAny, holds, merge, written, type MemoryState } from './memory-state';

export const memoryOperations = ({ operations }: MemoryState): OperationStore => {
  const byAge = () => inOrder(operations.values(), ({ operationId }) => operationId);
  return {
    get: async (operationId) => copyIfAny(operations.get(operationId)),
    add: async (operation) => {
      const there = operations.get(operation.operationId);
      if (there !== undefined) return conflict(there);
      operations.set(operation.operationId, copy(operation));
      return written(operation);
    },
    change: async (operationId, { from, set, remove, where }) => {
      const there = operations.get(operationId);
      if (there?.status !== from || !holds(there, where)) return conflict(there);
      const next = merge(there, set, remove);
      operations.set(operationId, next);
      return written(next);
    },
    list: async ({ limit = 100, cursor = '~' } = {}) => {
      const rest = byAge()
        .reverse()
        .filter(({ operationId }) => operationId < cursor);
      const items = rest.slice(0, limit).map(copy);
      const last = items.at(-1);
      return rest.length > limit && last !== undefined ? { items, cursor: last.operationId } : { items };
    },
    running: async (limit) =>
      byAge()
        .filter(({ status }) => status === 'running')
        .slice(0, limit)
        .map(copy),
  };
};
