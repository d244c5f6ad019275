import { Entity } from 'electrodb';
import { Batch, type BatchStatus } from '../../core/entities';
import { sourceIdOfSlug } from '../../core/ids';
import type { BatchStore, Change } from '../../core/ports/stores';
import { dispatchOrder, inOrder } from '../order';
import { attributesOf, hidden } from './attributes';
import { changed, commitChange } from './change';
import type { EventEntity } from './event';
import { allParsed, eachBounded, parsed, stored } from './parsed';
import { fromEveryShard, shardOf } from './shards';
import {
  ALL_CONSISTENT,
  CONSISTENT,
  model,
  partitionKey,
  sortKey,
  STATUS_INDEX,
  statusPartitionKey,
  statusSortKey,
  type Table,
} from './table';

const padded = { type: 'number', padding: { length: 8, char: '0' } } as const;

/** Lies under its source, so that a source's batches are read consistently; its sort key in the index is the order of dispatch. */
export const batchEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('batch'),
      attributes: {
        ...attributesOf(Batch),
        cycle: padded,
        index: padded,
        shard: hidden('string'),
        /** 9 − priority: higher priority first. */
        rank: hidden('number'),
      },
      indexes: {
        ofSource: { scope: 'batch', pk: partitionKey('sourceId'), sk: sortKey('cycle', 'index') },
        byStatus: {
          index: STATUS_INDEX,
          scope: 'batch',
          pk: statusPartitionKey('status', 'shard'),
          sk: statusSortKey('pool', 'rank', 'createdAt', 'index'),
        },
      },
    },
    { table, client },
  );
export type BatchEntity = ReturnType<typeof batchEntity>;

/** The parts of a batch's own key; `index` and `cycle` never change. */
const KEY = ['batchId', 'sourceId', 'cycle', 'index'];
export const batchKey = (batchId: string): { readonly sourceId: string; readonly cycle: number; readonly index: number } => {
  const [slug = '', cycle, index] = batchId.split('.');
  return { sourceId: sourceIdOfSlug(slug), cycle: Number(cycle), index: Number(index) };
};

const rankOf = (priority: number): number => 9 - priority;
/** Pool and priority are fixed by the plan, so that a change of status moves the batch between partitions of the index alone. */
export const batchPatch = (batches: BatchEntity, batchId: string, change: Omit<Change<Batch, BatchStatus>, 'event'>) =>
  changed(batches.patch(batchKey(batchId)), change, { shard: shardOf(batchId) }, KEY);

export const dynamoBatches = (batches: BatchEntity, events: EventEntity): BatchStore => {
  const get = async (batchId: string): Promise<Batch | undefined> =>
    parsed(Batch, (await batches.get(batchKey(batchId)).go(CONSISTENT)).data);
  return {
    get,
    addPlanned: async (planned) => {
      await eachBounded(planned, async (batch) =>
        batches
          .create({ ...stored(batch), shard: shardOf(batch.batchId), rank: rankOf(batch.priority) })
          .go({ returnOnConditionCheckFailure: true }),
      );
    },
    ofSource: async (sourceId, cycle) => {
      const query = batches.query.ofSource(cycle === undefined ? { sourceId } : { sourceId, cycle });
      return allParsed(Batch, (await query.go(ALL_CONSISTENT)).data);
    },
    withStatus: async (status, limit) => {
      const found = await fromEveryShard(async (shard) => (await batches.query.byStatus({ status, shard }).go({ count: limit })).data);
      return inOrder(allParsed(Batch, found), dispatchOrder).slice(0, limit);
    },
    change: (batchId, change) =>
      commitChange(
        { entities: { item: batches, event: events }, schema: Batch, read: () => get(batchId) },
        change,
        batchPatch(batches, batchId, change),
      ),
  };
};
