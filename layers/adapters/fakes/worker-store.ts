import { countedIn } from '../../core/dispatch/counted-in';
import type { Worker, WorkerStatus } from '../../core/entities';
import type { Admission, Admitted, WorkerStore, Written } from '../../core/ports/stores';
import { inOrder } from '../order';
import { book, overIn, reserve } from './money-store';
import { changeItem, conflict, copy, copyIfAny, holds, written, type MemoryState } from './memory-state';

const count = (state: MemoryState, scope: string, sign: 1 | -1, worker: Worker): void => {
  const before = state.counters.get(scope) ?? { scope, workers: 0, bytes: 0 };
  const more = countedIn(scope, worker);
  state.counters.set(scope, {
    scope,
    workers: before.workers + sign * more.workers,
    bytes: before.bytes + sign * more.bytes,
  });
};

const refusedBy = (state: MemoryState, { caps, worker }: Admission): string | undefined =>
  caps.find(({ scope, maxWorkers, maxBytes }) => {
    const used = state.counters.get(scope) ?? { workers: 0, bytes: 0 };
    const more = countedIn(scope, worker);
    return used.workers + more.workers > maxWorkers || (maxBytes !== undefined && used.bytes + more.bytes > maxBytes);
  })?.scope;

const admit = (state: MemoryState, admission: Admission): Admitted => {
  const { worker, batch, caps } = admission;
  const standing = state.batches.get(batch.batchId);
  if (state.workers.has(worker.workerId) || standing?.status !== batch.from || !holds(standing, batch.where))
    return { outcome: 'conflict' };
  const by = refusedBy(state, admission);
  if (by !== undefined) return { outcome: 'refused', by };
  const over = overIn(state, admission);
  if (over !== undefined) return { outcome: 'refused', by: over.scope, over };
  changeItem(state, state.batches, batch.batchId, batch);
  state.workers.set(worker.workerId, copy(worker));
  state.workerScopes.set(
    worker.workerId,
    caps.map(({ scope }) => scope),
  );
  for (const { scope } of caps) count(state, scope, 1, worker);
  reserve(state, worker.reservedDollars);
  return { outcome: 'admitted' };
};

const free = (state: MemoryState, ...[worker, from, event, charge]: Parameters<WorkerStore['free']>): Written<Worker> => {
  const standing = state.workers.get(worker.workerId);
  const { reservedDollars, dollarsPerHour } = standing ?? worker;
  if (from === 'gone' || reservedDollars !== worker.reservedDollars || dollarsPerHour !== worker.dollarsPerHour) return conflict(standing);
  const freed = changeItem<WorkerStatus, Worker>(state, state.workers, worker.workerId, {
    from,
    set: { status: 'gone', goneAt: event.at, ...(charge.dollars > 0 && { costDollars: charge.dollars }) },
    event,
  });
  if (freed.outcome === 'conflict') return freed;
  for (const scope of state.workerScopes.get(worker.workerId) ?? []) count(state, scope, -1, freed.item);
  reserve(state, -freed.item.reservedDollars);
  book(state, freed.item, charge);
  return freed;
};

export const memoryWorkers = (state: MemoryState): WorkerStore => {
  const workersWhere = (wanted: (worker: Worker) => boolean): readonly Worker[] =>
    inOrder([...state.workers.values()].filter(wanted), (worker) => `${worker.requestedAt}#${worker.workerId}`).map(copy);
  return {
    get: async (workerId) => copyIfAny(state.workers.get(workerId)),
    withStatus: async (status, limit) => workersWhere((worker) => worker.status === status).slice(0, limit),
    alive: async () => workersWhere((worker) => worker.status !== 'gone'),
    change: async (workerId, change) => {
      const before = state.workers.get(workerId)?.reservedDollars ?? 0;
      const written = changeItem(state, state.workers, workerId, change);
      if (written.outcome === 'written') reserve(state, written.item.reservedDollars - before);
      return written;
    },
    lease: async (workerId, site, now, until) => {
      const there = state.workers.get(workerId);
      if (there === undefined || there.status === 'gone' || there.site !== site || (there.leaseUntil ?? '') <= now) return conflict(there);
      const next = { ...there, leaseUntil: until };
      state.workers.set(workerId, next);
      return written(next);
    },
    admit: async (admission) => admit(state, admission),
    free: async (...freed) => free(state, ...freed),
    counted: async () =>
      workersWhere((worker) => worker.status !== 'gone').map((worker) => ({
        worker,
        scopes: [...(state.workerScopes.get(worker.workerId) ?? [])],
      })),
    mendCounter: async (seen, to, event) => {
      const standing = state.counters.get(seen.scope) ?? { scope: seen.scope, workers: 0, bytes: 0 };
      if (standing.workers !== seen.workers || standing.bytes !== seen.bytes) return false;
      state.counters.set(seen.scope, copy(to));
      state.events.push(copy(event));
      return true;
    },
    counters: async () => inOrder(state.counters.values(), (counter) => counter.scope).map(copy),
  };
};
