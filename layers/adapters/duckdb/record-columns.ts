import { DuckDBStructValue } from '@duckdb/node-api';
import { RunRecord } from '../../core/discovery/documents';
import {
  JUDGED_COLUMNS,
  LISTING_COLUMNS,
  METADATA_COLUMNS,
  type JudgedRow,
  type ListingColumn,
  type ListingRow,
} from '../../core/discovery/columns';
import { quoteName } from './database';
import type { SqlRow } from './database';

/** Columns of `runs.parquet`: the record's fields. ENA's columns repeat much, hence a struct, which Parquet keeps column by column. */
const RECORD_TYPES = {
  accession: 'VARCHAR',
  change: 'VARCHAR',
  missedListings: 'BIGINT',
  verdict: 'VARCHAR',
  rule: 'VARCHAR',
  reason: 'VARCHAR',
  note: 'VARCHAR',
  filesHash: 'VARCHAR',
  fetchKey: 'VARCHAR',
  filesBytes: 'BIGINT',
  fileCount: 'BIGINT',
  state: 'VARCHAR',
  files: 'JSON',
  metadata: `STRUCT(${METADATA_COLUMNS.map((column) => `${quoteName(column)} VARCHAR`).join(', ')})`,
} as const satisfies Record<keyof RunRecord, string>;

export const RECORD_COLUMNS = Object.keys(RECORD_TYPES);
/** For read_json: field names and types. */
export const RECORD_JSON_COLUMNS = `{${Object.entries(RECORD_TYPES)
  .map(([name, type]) => `${quoteName(name)}: '${type}'`)
  .join(', ')}}`;
/** Files and metadata that were not asked for are empty. @throws ZodError when the row is no record: another version wrote it */
export const recordOf = (row: SqlRow, prefix = ''): RunRecord =>
  RunRecord.parse(Object.fromEntries(Object.entries(RECORD_TYPES).map(([name, type]) => [name, valueOf(type, row[`${prefix}${name}`])])));

function valueOf(type: string, value: SqlRow[string] | undefined): unknown {
  if (type === 'BIGINT') return Number(value);
  if (value instanceof DuckDBStructValue) return Object.fromEntries(Object.entries(value.entries).filter(([, one]) => one !== null));
  if (type === 'JSON') return typeof value === 'string' ? JSON.parse(value) : [];
  return type.startsWith('STRUCT') ? {} : value;
}

const textsOf = <C extends ListingColumn>(row: SqlRow, columns: readonly C[]): Readonly<Record<C, string>> =>
  Object.fromEntries(columns.map((column) => [column, typeof row[column] === 'string' ? row[column] : ''])) as Record<C, string>;

export const listingRowOf = (row: SqlRow): ListingRow => textsOf(row, LISTING_COLUMNS);
export const judgedRowOf = (row: SqlRow): JudgedRow => textsOf(row, JUDGED_COLUMNS);
