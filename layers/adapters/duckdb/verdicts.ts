import type { DuckDBConnection } from '@duckdb/node-api';
import type { ListingRow } from '../../core/discovery/columns';
import { CHANGES, isUnlisted, RunRecord } from '../../core/discovery/documents';
import type { KnownVerdict } from '../../core/discovery/preview-tally';
import { FILTER_COLUMNS, type FilterColumn } from '../../core/filters/rule-kind';
import type { RecordFiles } from '../../core/ports/listings';
import { chunksOf, openDuckDb, parquet, quoteText, rowsOf, type DuckDbOptions, type SqlRow } from './database';
import { listingRowOf } from './record-columns';
import { recordsSql } from './records-sql';

const LISTED = `change NOT IN (${CHANGES.filter(isUnlisted).map(quoteText).join(', ')})`;
const Verdict = RunRecord.pick({ accession: true, verdict: true, rule: true, state: true });
const NO_VALUES = Object.fromEntries(FILTER_COLUMNS.map((column) => [column, ''])) as Readonly<Record<FilterColumn, string>>;

export async function countListed(connection: DuckDBConnection, records: RecordFiles): Promise<number> {
  const [counted] = await rowsOf(connection, `SELECT count(*) AS runs FROM (${recordsSql(records)}) WHERE ${LISTED}`);
  return Number(counted?.['runs'] ?? 0);
}

export async function* verdicts(
  options: DuckDbOptions,
  records: RecordFiles,
  columns: readonly FilterColumn[],
): AsyncGenerator<readonly KnownVerdict[]> {
  const instance = await openDuckDb(options);
  const connection = await instance.connect();
  const values = columns.map((column) => `metadata.${column} AS ${column}`);
  const selected = ['accession', 'verdict', 'rule', 'state', '"filesBytes"', '"fileCount"', ...values].join(', ');
  const sql = `SELECT ${selected} FROM (${recordsSql(records)}) WHERE ${LISTED}`;
  try {
    for await (const rows of chunksOf(connection, sql, {})) yield rows.map((row) => verdictOf(row, columns));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function verdictOf(row: SqlRow, columns: readonly FilterColumn[]): KnownVerdict {
  const given = Object.fromEntries(columns.map((column) => [column, typeof row[column] === 'string' ? row[column] : '']));
  return {
    ...Verdict.parse(row),
    filesBytes: Number(row['filesBytes']),
    fileCount: Number(row['fileCount']),
    row: { ...NO_VALUES, ...given },
  };
}

export async function listingRows(
  connection: DuckDBConnection,
  listingPath: string,
  accessions: readonly string[],
): Promise<readonly ListingRow[]> {
  await connection.run('CREATE TABLE wanted (accession VARCHAR)');
  const appender = await connection.createAppender('wanted');
  for (const accession of accessions) {
    appender.appendVarchar(accession);
    appender.endRow();
  }
  appender.closeSync();
  const rows = await rowsOf(connection, `SELECT l.* FROM ${parquet(listingPath)} l SEMI JOIN wanted w ON w.accession = l.run_accession`);
  return rows.map(listingRowOf);
}
