import { RunRecord } from '../../core/discovery/documents';
import { LISTING_COLUMNS, type ListingRow } from '../../core/discovery/columns';
import { quoteName } from './database';
import type { SqlRow } from './database';

/** Columns of `runs.parquet`: the record's fields (lists as JSON text), then a few of its metadata for people who open the file. */
const RECORD_TYPES = {
  accession: 'VARCHAR',
  change: 'VARCHAR',
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
  metadata: 'JSON',
} as const satisfies Record<keyof RunRecord, string>;

const FOR_PEOPLE = {
  sample: 'sample_accession',
  experiment: 'experiment_accession',
  study: 'study_accession',
  tax_id: 'tax_id',
  scientific_name: 'scientific_name',
  library_layout: 'library_layout',
  library_strategy: 'library_strategy',
  first_public: 'first_public',
} as const;

export const RECORD_COLUMNS = Object.keys(RECORD_TYPES);
/** For read_json: field names and types. */
export const RECORD_JSON_COLUMNS = `{${Object.entries(RECORD_TYPES)
  .map(([name, type]) => `${quoteName(name)}: '${type}'`)
  .join(', ')}}`;
export const PEOPLE_COLUMNS = Object.entries(FOR_PEOPLE)
  .map(([name, column]) => `coalesce(metadata->>'${column}', '') AS ${name}`)
  .join(', ');

/** @throws ZodError when the row is no record: another version wrote it */
export const recordOf = (row: SqlRow, prefix = ''): RunRecord =>
  RunRecord.parse(
    Object.fromEntries(
      Object.entries(RECORD_TYPES).map(([name, type]) => {
        const value = row[`${prefix}${name}`];
        if (type === 'BIGINT') return [name, Number(value)];
        return [name, type === 'JSON' && typeof value === 'string' ? JSON.parse(value) : value];
      }),
    ),
  );

export const listingRowOf = (row: SqlRow): ListingRow =>
  Object.fromEntries(
    LISTING_COLUMNS.map((column) => {
      const value = row[column];
      return [column, typeof value === 'string' ? value : ''];
    }),
  ) as ListingRow;
