import type { BatchStore } from '../../core/ports/stores';
import { dispatchOrder, padded, inOrder } from '../order';
import { changeItem, copy, copyIfAny, type MemoryState } from './memory-state';

export const memoryBatches = (state: MemoryState): BatchStore => ({
  get: async (batchId) => copyIfAny(state.batches.get(batchId)),
  addPlanned: async (batches) => {
    for (const batch of batches) if (!state.batches.has(batch.batchId)) state.batches.set(batch.batchId, copy(batch));
  },
  ofSource: async (sourceId, cycle) =>
    inOrder(
      [...state.batches.values()].filter((batch) => batch.sourceId === sourceId && (cycle === undefined || batch.cycle === cycle)),
      (batch) => `${padded(batch.cycle, 8)}#${padded(batch.index, 6)}`,
    ).map(copy),
  withStatus: async (status, limit) =>
    inOrder(
      [...state.batches.values()].filter((batch) => batch.status === status),
      dispatchOrder,
    )
      .slice(0, limit)
      .map(copy),
  change: async (batchId, change) => changeItem(state, state.batches, batchId, change),
});
