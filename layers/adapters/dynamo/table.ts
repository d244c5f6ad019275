import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TABLE } from './table-definition';

/** Where the items lie. */
export interface Table {
  readonly table: string;
  readonly client: DynamoDBDocumentClient;
}

/** `version` is that of the keys' form; it is part of each sort key. */
export const model = <const E extends string>(entity: E) => ({ entity, version: '1', service: 'trawl' }) as const;

/** Ids are kept as they are (`none`): ElectroDB would put keys into lower case. */
const keyOf =
  <const F extends string>(field: F) =>
  <const C extends readonly string[]>(...composite: C) =>
    ({ field, composite, casing: 'none' }) as const;

const [byStatus] = TABLE.indexes;
export const STATUS_INDEX = byStatus.name;
export const partitionKey = keyOf(TABLE.pk);
export const sortKey = keyOf(TABLE.sk);
export const statusPartitionKey = keyOf(byStatus.pk);
export const statusSortKey = keyOf(byStatus.sk);

/** Reads that see every write which was answered before. */
export const CONSISTENT = { consistent: true } as const;
export const ALL_CONSISTENT = { consistent: true, pages: 'all' } as const;
