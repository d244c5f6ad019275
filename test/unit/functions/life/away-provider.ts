import { jobKeyOf } from '../../../../layers/core/ids';
import type { ProviderWorker, WorkerProvider, WorkerRequest } from '../../../../layers/core/ports/outside';

export interface MemoryAway {
  readonly provider: WorkerProvider;
  /** By key; a machine stays until it is destroyed or taken away. */
  readonly machines: Map<string, ProviderWorker>;
  readonly requests: readonly WorkerRequest[];
  /** The answer of the next create is lost; its machine is born at once, or when `bear` is called. */
  loseAnswer(born: 'now' | 'later'): void;
  /** The machines whose birth was put off. */
  bear(): void;
  /** No question is answered until it is set back. */
  silent: boolean;
}

/** Where its machines may be made, the best first. */
export const PLACES = ['image/here/small', 'image/there/small'];

/** A provider whose workers keep their results, in memory; it makes a second machine for a key without a word, as the real one does. */
export function memoryAway(installation: string): MemoryAway {
  const machines = new Map<string, ProviderWorker>();
  const [requests, unborn]: [WorkerRequest[], ProviderWorker[]] = [[], []];
  let [lost, made]: ['now' | 'later' | undefined, number] = [undefined, 0];
  const unknown = { outcome: 'unknown', detail: 'no answer' } as const;
  const away: MemoryAway = {
    machines,
    requests,
    silent: false,
    loseAnswer: (born) => {
      lost = born;
    },
    bear: () => unborn.splice(0).forEach((machine) => machines.set(machine.key, machine)),
    provider: {
      kind: 'droplet',
      results: 'away',
      create: async (request) => {
        if (away.silent) return { outcome: 'failed', reason: 'unreachable', detail: 'no connection', retry: 'later' };
        requests.push(request);
        const key = jobKeyOf(installation, request.jobId);
        const known = machines.get(key);
        if (known) return { outcome: 'done', providerRef: known.providerRef, dollarsPerHour: 0.25 };
        if (request.askedBefore === true) return unknown;
        const { places, ratherNot } = request.avoid ?? { places: [], ratherNot: [] };
        const free = PLACES.filter((each) => !places.includes(each));
        const place = free.find((each) => !ratherNot.includes(each)) ?? free[0];
        if (place === undefined) return { outcome: 'failed', reason: 'places-resting', detail: 'all rest', retry: 'later' };
        made += 1;
        const machine: ProviderWorker = { key, providerRef: String(made), state: 'running', rawState: 'active' };
        const how = lost;
        lost = undefined;
        if (how === 'later') unborn.push(machine);
        else machines.set(key, machine);
        return how === undefined
          ? { outcome: 'done', providerRef: machine.providerRef, dollarsPerHour: 0.25, place }
          : { ...unknown, place };
      },
      find: async (key) => foundAs(machines.get(key)),
      list: async () => (away.silent ? unknown : { outcome: 'answered', answer: [...machines.values()] }),
      probe: async (key) => (away.silent ? unknown : foundAs(machines.get(key))),
      destroy: async (key) => {
        if (away.silent) return unknown;
        machines.delete(key);
        return { outcome: 'done' };
      },
      price: async () => ({ dollarsPerHour: 0.25 }),
    },
  };
  return away;
}

const foundAs = (worker: ProviderWorker | undefined) =>
  worker === undefined ? ({ outcome: 'absent' } as const) : ({ outcome: 'found', worker } as const);
