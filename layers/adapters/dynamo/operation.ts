import { Entity } from 'electrodb';
import { Operation } from '../../core/operation';
import type { OperationStore, Page } from '../../core/ports/stores';
import { inOrder } from '../order';
import { attributesOf, hidden } from './attributes';
import { changed } from './change';
import { allParsed, conflict, parsed, stored, written } from './parsed';
import { fromEveryShard, shardOf } from './shards';
import { CONSISTENT, model, partitionKey, sortKey, STATUS_INDEX, statusPartitionKey, statusSortKey, type Table } from './table';

/** Ids begin with the time, so each shard lists its operations by age. Only running ones stand in the index. */
export const operationEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('operation'),
      attributes: { ...attributesOf(Operation), shard: hidden('string') },
      indexes: {
        byId: { scope: 'operation', pk: partitionKey('shard'), sk: sortKey('operationId') },
        running: {
          index: STATUS_INDEX,
          scope: 'operation-running',
          condition: ({ status }) => status === 'running',
          pk: statusPartitionKey('shard'),
          sk: statusSortKey('operationId'),
        },
      },
    },
    { table, client },
  );
type OperationEntity = ReturnType<typeof operationEntity>;

/** Comes after every id. */
const LAST = '~';
const keyOf = (operationId: string) => ({ shard: shardOf(operationId), operationId });
const byId = ({ operationId }: Operation): string => operationId;
const RETURNING = { response: 'all_new', returnOnConditionCheckFailure: 'all_old' } as const;

/** Asks each shard for a page before the cursor, which is the last id: the largest of all make the page. */
const newest = async (operations: OperationEntity, limit: number, cursor: string): Promise<Page<Operation>> => {
  const page = { ...CONSISTENT, order: 'desc', count: limit + 1 } as const;
  const found = await fromEveryShard(async (shard) => (await operations.query.byId({ shard }).lt({ operationId: cursor }).go(page)).data);
  const rest = inOrder(allParsed(Operation, found), byId).reverse();
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return rest.length > limit && last !== undefined ? { items, cursor: last.operationId } : { items };
};

export const dynamoOperations = (operations: OperationEntity): OperationStore => ({
  get: async (operationId) => parsed(Operation, (await operations.get(keyOf(operationId)).go(CONSISTENT)).data),
  add: async (operation) => {
    const item = { ...stored(operation), shard: shardOf(operation.operationId) };
    const { rejected, data } = await operations.create(item).go({ returnOnConditionCheckFailure: 'all_old' });
    return rejected ? conflict(parsed(Operation, data)) : written(operation);
  },
  change: async (operationId, change) => {
    const key = keyOf(operationId);
    const { rejected, data } = await changed(operations.patch(key), change, key, Object.keys(key)).go(RETURNING);
    return rejected ? conflict(parsed(Operation, data)) : written(Operation.parse(data));
  },
  list: ({ limit = 100, cursor = LAST } = {}) => newest(operations, limit, cursor),
  running: async (limit) => {
    const found = await fromEveryShard(async (shard) => (await operations.query.running({ shard }).go({ count: limit })).data);
    return inOrder(allParsed(Operation, found), byId).slice(0, limit);
  },
});
