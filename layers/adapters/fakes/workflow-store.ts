import type { WorkflowStore } from '../../core/ports/stores';
import type { WorkflowVersion } from '../../core/workflows/records';
import { inOrder } from '../order';
import { copy, copyIfAny, type MemoryState } from './memory-state';

const keyOf = ({ name, version }: Pick<WorkflowVersion, 'name' | 'version'>): string => `${name}#${String(version).padStart(8, '0')}`;

export const memoryWorkflows = (state: MemoryState): WorkflowStore => {
  const list = (): readonly WorkflowVersion[] => inOrder(state.workflows.values(), keyOf).map(copy);
  return {
    get: async (name, version) => copyIfAny(state.workflows.get(keyOf({ name, version }))),
    newest: async (name) => list().findLast((one) => one.name === name),
    list: async () => list(),
    add: async (version) => {
      if (state.workflows.has(keyOf(version))) return 'conflict';
      state.workflows.set(keyOf(version), copy(version));
      return 'added';
    },
  };
};
