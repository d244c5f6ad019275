import type { MachineName, Machines } from '../../core/ports/outside';
import { copy } from './memory-state';

type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
interface Started {
  readonly machine: MachineName;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}
interface Answered {
  readonly token: string;
  readonly output: Readonly<Record<string, unknown>>;
}
export interface MemoryMachines extends Machines {
  /** Every execution that was started, in order. */
  readonly started: readonly Started[];
  /** Every answer that was accepted, in order. */
  readonly answered: readonly Answered[];
  /** Ends an execution, as its last state would. */
  end(machine: MachineName, name: string, status: Exclude<Status, 'RUNNING'>): void;
  /** From now on this token waits no longer. */
  expire(token: string): void;
}

/** Executions that start, are counted, and do nothing. A token is accepted once, as Step Functions does. */
export const memoryMachines = (): MemoryMachines => {
  const started: Started[] = [];
  const answered: Answered[] = [];
  const dead = new Set<string>();
  const statuses = new Map<string, Status>();
  const end = (machine: MachineName, name: string, status: Status): void => {
    if (statuses.get(`${machine}/${name}`) === 'RUNNING') statuses.set(`${machine}/${name}`, status);
  };
  return {
    started,
    answered,
    start: async (machine, name, input) => {
      if (statuses.has(`${machine}/${name}`)) return 'already';
      statuses.set(`${machine}/${name}`, 'RUNNING');
      started.push({ machine, name, input: copy(input) });
      return 'started';
    },
    answer: async (token, output) => {
      if (dead.has(token)) return 'expired';
      dead.add(token);
      answered.push({ token, output: copy(output) });
      return 'answered';
    },
    status: async (machine, name) => statuses.get(`${machine}/${name}`),
    stop: async (machine, name) => end(machine, name, 'ABORTED'),
    running: async (machine) =>
      [...statuses].flatMap(([id, status]) => (status === 'RUNNING' && id.startsWith(`${machine}/`) ? [id.slice(machine.length + 1)] : [])),
    end,
    expire: (token) => {
      dead.add(token);
    },
  };
};
