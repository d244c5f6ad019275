import { Worker } from '../../core/entities';
import type { WorkerStore } from '../../core/ports/stores';
import { inOrder } from '../order';
import { admit, changeReservation, free, type WorkerEntities } from './admission';
import { commitChange } from './change';
import { readCounters } from './counter';
import { allParsed, parsed } from './parsed';
import { fromEveryShard } from './shards';
import { CONSISTENT } from './table';
import { lifeOf, patchOf } from './worker-entity';

const byAge = (worker: Worker): string => `${worker.requestedAt}#${worker.workerId}`;

export const dynamoWorkers = (entities: WorkerEntities): WorkerStore => {
  const { workers, counters, events } = entities;
  const get = async (workerId: string): Promise<Worker | undefined> =>
    parsed(Worker, (await workers.get({ workerId }).go(CONSISTENT)).data);
  return {
    get,
    withStatus: async (status, limit) => {
      const life = lifeOf(status);
      const found = await fromEveryShard(async (shard) => (await workers.query.byLife({ life, shard, status }).go({ pages: 'all' })).data);
      return inOrder(allParsed(Worker, found), byAge).slice(0, limit);
    },
    alive: async () => {
      const found = await fromEveryShard(async (shard) => (await workers.query.byLife({ life: 'alive', shard }).go({ pages: 'all' })).data);
      return inOrder(allParsed(Worker, found), byAge);
    },
    change: (workerId, change) => {
      const { reservedDollars } = change.set;
      if (reservedDollars !== undefined) return changeReservation(entities, workerId, change, reservedDollars);
      return commitChange(
        { entities: { item: workers, event: events }, schema: Worker, read: () => get(workerId) },
        change,
        patchOf(workers, workerId, change),
      );
    },
    admit: (admission) => admit(entities, admission),
    free: (worker, from, event, charge) => free(entities, worker, from, event, charge),
    counters: () => readCounters(counters),
  };
};
