import { Worker } from '../../core/entities';
import type { WorkerStore } from '../../core/ports/stores';
import { inOrder } from '../order';
import { admit, changeReservation, free, type WorkerEntities } from './admission';
import { commitChange, committed, type Patch } from './change';
import { counterSet, readCounters } from './counter';
import { eventItem } from './event';
import { allParsed, conflict, parsed, written } from './parsed';
import { fromEveryShard } from './shards';
import { CONSISTENT } from './table';
import { transact } from './transact';
import { AdmittedWorker, lifeOf, patchOf, type WorkerEntity } from './worker-entity';

const byAge = (worker: Worker): string => `${worker.requestedAt}#${worker.workerId}`;

/** All that are not gone, with what the table alone knows of them. */
const living = (workers: WorkerEntity): Promise<readonly unknown[]> =>
  fromEveryShard(async (shard) => (await workers.query.byLife({ life: 'alive', shard }).go({ pages: 'all' })).data);

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
    alive: async () => inOrder(allParsed(Worker, await living(workers)), byAge),
    counted: async () =>
      inOrder(allParsed(AdmittedWorker, await living(workers)), byAge).map((item) => ({ worker: Worker.parse(item), scopes: item.scopes })),
    mendCounter: async (seen, to, event) => {
      const result = await transact({ counters, events }, [counterSet(counters, seen, to), committed(events.put(eventItem(event)))]);
      return result.outcome === 'done';
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
    lease: async (workerId, site, now, until) => {
      const chain = workers
        .patch({ workerId })
        .set({ leaseUntil: until })
        .where((at, { eq, gt, ne }) => `${eq(at.site, site)} AND ${gt(at.leaseUntil, now)} AND ${ne(at.status, 'gone')}`);
      const { rejected, data } = await (chain as unknown as Patch).go({ response: 'all_new', returnOnConditionCheckFailure: 'all_old' });
      return rejected ? conflict(parsed(Worker, data)) : written(Worker.parse(data));
    },
    admit: (admission) => admit(entities, admission),
    free: (worker, from, event, charge) => free(entities, worker, from, event, charge),
    counters: () => readCounters(counters),
  };
};
