import { Entity } from 'electrodb';
import { z } from 'zod';
import { Worker, type WorkerStatus } from '../../core/entities';
import type { Change } from '../../core/ports/stores';
import { attributesOf, hidden } from './attributes';
import { changed, type Patch } from './change';
import { stored } from './parsed';
import { shardOf } from './shards';
import { model, partitionKey, sortKey, STATUS_INDEX, statusPartitionKey, statusSortKey, type Table } from './table';

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
/** With what the table alone knows of it. */
export const AdmittedWorker = Worker.extend({ scopes: z.array(z.string()).default([]) });
type Stored = Worker & { readonly life: string };
export const lifeOf = (status: WorkerStatus): string => (status === 'gone' ? 'gone' : 'alive');

/** A worker that is not there yet, with the scopes that it counts in. */
export const putOf = (workers: WorkerEntity, worker: Worker, scopes: readonly string[]): object =>
  workers.create({ ...stored(worker), shard: shardOf(worker.workerId), life: lifeOf(worker.status), scopes: [...scopes] });

/** One change of a worker; the index keys are made of what it says. */
export const patchOf = (workers: WorkerEntity, workerId: string, change: Omit<Change<Worker, WorkerStatus>, 'event'>): Patch =>
  changed<Stored, WorkerStatus>(
    workers.patch({ workerId }),
    { ...change, set: { ...change.set, life: lifeOf(change.set.status ?? change.from) } },
    { shard: shardOf(workerId), workerId },
    KEY,
  );
