import type { WorkerProvider } from '../../core/ports/outside';
import { slurmProvider } from '../slurm/provider';
import { memoryGate, type MemoryGate } from './gate';

/** A worker provider in memory: the real Slurm adapter over a gate in memory, whose faults and moves are those of the workers. */
export const memoryProvider = (installation = 'trawl-test'): WorkerProvider & { readonly gate: MemoryGate } => {
  const gate = memoryGate();
  return { ...slurmProvider(gate, { installation }), gate };
};
