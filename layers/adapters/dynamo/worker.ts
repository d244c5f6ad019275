import { Entity } from 'electrodb';
import { z } from 'zod';
import { Worker, type WorkerStatus } from '../../core/entities';
import { type HistoryEvent } from '../../core/records';
import type { Admission, Admitted, WorkerStore, Written } from '../../core/ports/stores';
import { inOrder } from '../order';
import { attributesOf, hidden } from './attributes';
import { batchPatch, type BatchEntity } from './batch';
import { changed, commitChange, committed } from './change';
import { countDown, counterSet, countUp, readCounters, type CounterEntity } from './counter';
import { eventItem, type EventEntity } from './event';
import { allParsed, conflict, parsed, stored } from './parsed';
import { fromEveryShard, shardOf } from './shards';
import { CONSISTENT, model, partitionKey, sortKey, STATUS_INDEX, statusPartitionKey, statusSortKey, type Table } from './table';
import { transact } from './transact';

/** In the index by whether it is alive, then by status: one question a shard finds all that are not gone. */
export const workerEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('worker'),
      attributes: {
        ...attributesOf(Worker),
        shard: hidden('string'),
        life: hidden('string'),
        /** Scopes it was admitted under, which its end frees. Not hidden: `free` reads it. */
        scopes: { type: 'list', items: { type: 'string' } },
      },
      indexes: {
        byId: { scope: 'worker', pk: partitionKey('workerId'), sk: sortKey() },
        byLife: {
          index: STATUS_INDEX,
          scope: 'worker-life',
          pk: statusPartitionKey('life', 'shard'),
          sk: statusSortKey('status', 'workerId'),
        },
      },
    },
    { table, client },
  );
export type WorkerEntity = ReturnType<typeof workerEntity>;

const KEY = ['workerId'];
const Admitted = Worker.extend({ scopes: z.array(z.string()).default([]) });
type Stored = Worker & { readonly life: string };
const lifeOf = (status: WorkerStatus): string => (status === 'gone' ? 'gone' : 'alive');
const byAge = (worker: Worker): string => `${worker.requestedAt}#${worker.workerId}`;
/** What the index keys are made of besides what a change of status sets. */
const indexed = (workerId: string) => ({ shard: shardOf(workerId), workerId });

interface Entities {
  readonly workers: WorkerEntity;
  readonly batches: BatchEntity;
  readonly counters: CounterEntity;
  readonly events: EventEntity;
}

/** Worker, batch and history come before the counters: a repeat is a *conflict* even where the caps are full. */
const admit = async (entities: Entities, { worker, batch, caps }: Admission): Promise<Admitted> => {
  const { workers, batches, counters, events } = entities;
  const scopes = caps.map(({ scope }) => scope);
  const result = await transact(entities, [
    committed(workers.create({ ...stored(worker), shard: shardOf(worker.workerId), life: lifeOf(worker.status), scopes })),
    committed(batchPatch(batches, batch.batchId, batch)),
    committed(events.put(eventItem(batch.event))),
    ...caps.map((cap) => countUp(counters, cap, worker)),
  ]);
  if (result.outcome === 'done') return { outcome: 'admitted' };
  const [workerFailed, batchFailed, , ...capFailed] = result.failed;
  if (workerFailed === true || batchFailed === true) return { outcome: 'conflict' };
  return { outcome: 'refused', by: scopes[capFailed.indexOf(true)] ?? 'unknown' };
};

/** What is freed is what the item says, not what the caller holds; a second call finds the worker gone. */
const free = async (entities: Entities, workerId: string, from: WorkerStatus, event: HistoryEvent): Promise<Written<Worker>> => {
  const { workers, counters, events } = entities;
  const standing = parsed(Admitted, (await workers.get({ workerId }).go(CONSISTENT)).data);
  if (standing === undefined || standing.status !== from || from === 'gone') return conflict(parsed(Worker, standing));
  const { slots, reservedBytes, scopes } = standing;
  const change = { from, set: { status: 'gone' as const, life: lifeOf('gone'), goneAt: event.at }, where: { slots, reservedBytes } };
  const result = await transact(entities, [
    committed(changed<Stored, WorkerStatus>(workers.patch({ workerId }), change, indexed(workerId), KEY)),
    committed(events.put(eventItem(event))),
    ...scopes.map((scope) => countDown(counters, scope, { slots, reservedBytes })),
  ]);
  if (result.outcome === 'rejected') return conflict(parsed(Worker, result.items[0]));
  return { outcome: 'written', item: Worker.parse({ ...standing, status: 'gone', goneAt: event.at }) };
};

/** All that are not gone, with what the table alone knows of them. */
const living = (workers: WorkerEntity): Promise<readonly unknown[]> =>
  fromEveryShard(async (shard) => (await workers.query.byLife({ life: 'alive', shard }).go({ pages: 'all' })).data);

export const dynamoWorkers = (entities: Entities): WorkerStore => {
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
      inOrder(allParsed(Admitted, await living(workers)), byAge).map((item) => ({ worker: Worker.parse(item), scopes: item.scopes })),
    mendCounter: async (seen, to, event) => {
      const result = await transact({ counters, events }, [counterSet(counters, seen, to), committed(events.put(eventItem(event)))]);
      return result.outcome === 'done';
    },
    change: (workerId, change) =>
      commitChange(
        { entities: { item: workers, event: events }, schema: Worker, read: () => get(workerId) },
        change,
        changed<Stored, WorkerStatus>(
          workers.patch({ workerId }),
          { ...change, set: { ...change.set, life: lifeOf(change.set.status ?? change.from) } },
          indexed(workerId),
          KEY,
        ),
      ),
    admit: (admission) => admit(entities, admission),
    free: (worker, from, event) => free(entities, worker.workerId, from, event),
    counters: () => readCounters(counters),
  };
};
