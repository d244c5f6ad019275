import { Entity } from 'electrodb';
import { Source } from '../../core/entities';
import type { HistoryEvent } from '../../core/records';
import type { Page, SourceStore, Written } from '../../core/ports/stores';
import { merged } from '../merge';
import { dueAt, inOrder } from '../order';
import { attributesOf, hidden } from './attributes';
import { committed } from './change';
import { eventItem, type EventEntity } from './event';
import { allParsed, conflict, parsed, stored, written } from './parsed';
import { fromEveryShard, shardOf } from './shards';
import { CONSISTENT, model, partitionKey, sortKey, STATUS_INDEX, statusPartitionKey, statusSortKey, type Table } from './table';
import { transact } from './transact';

const NEVER = 'never';
/** Comes after every id. */
const LAST = '~';

/** Only sources that may start a cycle stand in the index, by the time at which they are due. */
export const sourceEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('source'),
      attributes: { ...attributesOf(Source), shard: hidden('string'), dueAt: hidden('string') },
      indexes: {
        byId: { scope: 'source', pk: partitionKey('shard'), sk: sortKey('sourceId') },
        due: {
          index: STATUS_INDEX,
          scope: 'source-due',
          condition: ({ dueAt: at }) => at !== NEVER,
          pk: statusPartitionKey('shard'),
          sk: statusSortKey('dueAt', 'sourceId'),
        },
      },
    },
    { table, client },
  );
export type SourceEntity = ReturnType<typeof sourceEntity>;

/** A source is always written whole, guarded by its version, so that its place in the index follows from its attributes. */
const whole = (source: Source) => ({ ...stored(source), shard: shardOf(source.sourceId), dueAt: dueAt(source) ?? NEVER });
const keyOf = (sourceId: string) => ({ shard: shardOf(sourceId), sourceId });

/** Asks each shard for a page after the cursor, which is the last id: the smallest of all make the page. */
const listSources = async (
  sources: SourceEntity,
  { limit = 100, cursor = '' }: Parameters<SourceStore['list']>[0] = {},
): Promise<Page<Source>> => {
  const found = await fromEveryShard(
    async (shard) =>
      (
        await sources.query
          .byId({ shard })
          .gt({ sourceId: cursor })
          .go({ ...CONSISTENT, count: limit + 1 })
      ).data,
  );
  const rest = inOrder(allParsed(Source, found), ({ sourceId }) => sourceId);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return rest.length > limit && last !== undefined ? { items, cursor: last.sourceId } : { items };
};

export const dynamoSources = (sources: SourceEntity, events: EventEntity): SourceStore => {
  const commit = async (item: object, source: Source, event: HistoryEvent): Promise<Written<Source>> => {
    const result = await transact({ sources, events }, [committed(item), committed(events.put(eventItem(event)))]);
    return result.outcome === 'done' ? written(source) : conflict(parsed(Source, result.items[0]));
  };
  return {
    get: async (sourceId) => parsed(Source, (await sources.get(keyOf(sourceId)).go(CONSISTENT)).data),
    add: (source, event) => commit(sources.create(whole(source)), Source.parse(source), event),
    change: (before, set, event, remove) => {
      const next = { ...merged(before, set, remove), sourceId: before.sourceId, version: before.version + 1 };
      const put = sources.put(whole(next)).where(({ version }, { eq }) => eq(version, before.version));
      return commit(put, Source.parse(next), event);
    },
    list: (options) => listSources(sources, options),
    due: async (now, limit) => {
      const found = await fromEveryShard(
        async (shard) => (await sources.query.due({ shard }).lte({ dueAt: now, sourceId: LAST }).go({ count: limit })).data,
      );
      return inOrder(allParsed(Source, found), (source) => `${dueAt(source) ?? ''}#${source.sourceId}`).slice(0, limit);
    },
    remove: async (source) => {
      const removal = sources.delete(keyOf(source.sourceId)).where(({ version }, { eq }) => eq(version, source.version));
      const result = await removal.go({ returnOnConditionCheckFailure: 'all_old' });
      return result.rejected ? conflict(parsed(Source, result.data)) : written(source);
    },
  };
};
