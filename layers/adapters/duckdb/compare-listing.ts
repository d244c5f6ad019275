import type { DuckDBConnection } from '@duckdb/node-api';
import { COMPARED_COLUMNS, JUDGED_COLUMNS } from '../../core/discovery/columns';
import type { ComparedRun } from '../../core/discovery/judge-run';
import type { Comparison } from '../../core/ports/listings';
import { chunksOf, columnsOf, openDuckDb, parquet, quoteName, type DuckDbOptions, type SqlRow } from './database';
import { judgedRowOf, RECORD_COLUMNS, recordOf } from './record-columns';
import { recordsSql, SETTLED } from './records-sql';
import { ROW_DIGEST, ROW_HASH } from './row-digest';

/** See `ListingTables.compare`. */
export async function* compareListing(options: DuckDbOptions, comparison: Comparison): AsyncGenerator<readonly ComparedRun[]> {
  const instance = await openDuckDb(options);
  const connection = await instance.connect();
  try {
    for await (const rows of chunksOf(connection, await prepare(connection, comparison), {})) yield rows.map(comparedRunOf);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Makes what the comparison needs and gives the query that answers it. */
async function prepare(connection: DuckDBConnection, { listing, previous, all }: Comparison): Promise<string> {
  if (previous === undefined) return `SELECT ${LISTED}, 'new' AS seen_change FROM ${parquet(listing)} l`;
  const records = recordsSql(previous.records);
  const wasListed = `(SELECT run_accession, hash(${COMPARED}) AS compared FROM ${parquet(previous.listing)})`;
  if (all) {
    return `SELECT ${LISTED}, ${KNOWN}, ${changeOf('b.run_accession IS NOT NULL', `hash(${COMPARED_NOW}) <> b.compared`)}
      FROM ${parquet(listing)} l FULL JOIN (${records}) k ON k.accession = l.run_accession
      LEFT JOIN ${wasListed} b ON b.run_accession = l.run_accession`;
  }
  await connection.run(`CREATE TEMP TABLE asked AS ${await differing(connection, listing, previous.listing)}`);
  const open = `SELECT accession FROM (${records}) WHERE NOT ${SETTLED}`;
  await connection.run(
    `INSERT INTO asked SELECT accession, true, false FROM (${open}) WHERE accession NOT IN (SELECT accession FROM asked)`,
  );
  // Of a million wide rows those few that are asked for, before anything is joined.
  await connection.run(
    `CREATE TEMP TABLE listed AS SELECT ${LISTED} FROM ${parquet(listing)} l SEMI JOIN asked a ON a.accession = l.run_accession`,
  );
  await connection.run(`CREATE TEMP TABLE known AS SELECT k.* FROM (${records}) k SEMI JOIN asked a ON a.accession = k.accession`);
  await connection.run(
    `CREATE TEMP TABLE before AS SELECT b.* FROM ${wasListed} b SEMI JOIN (FROM asked WHERE in_both) a ON a.accession = b.run_accession`,
  );
  return `SELECT ${LISTED}, ${KNOWN}, ${changeOf('a.was_listed', `hash(${COMPARED_NOW}) <> b.compared`)}
    FROM asked a LEFT JOIN listed l ON l.run_accession = a.accession LEFT JOIN known k ON k.accession = a.accession
    LEFT JOIN before b ON b.run_accession = a.accession`;
}

const names = (columns: readonly string[], alias = ''): string => columns.map((column) => `${alias}${quoteName(column)}`).join(', ');
const COMPARED = names(COMPARED_COLUMNS);
const LISTED = names(JUDGED_COLUMNS, 'l.');
const COMPARED_NOW = names(COMPARED_COLUMNS, 'l.');
/** What a row tells anew is not taken from the record: it is most of a record's size, and of the time to read it. */
const KNOWN_UNLESS_LISTED: Readonly<Partial<Record<string, string>>> = {
  metadata: `CASE WHEN l.run_accession IS NULL THEN k.metadata END`,
  files: `CASE WHEN l.run_accession IS NULL OR replace(l.fastq_ftp, ';', '') = '' THEN k.files END`,
};
const KNOWN = RECORD_COLUMNS.map(
  (column) => `${KNOWN_UNLESS_LISTED[column] ?? `k.${quoteName(column)}`} AS ${quoteName(`known_${column}`)}`,
).join(', ');

/**
 * Runs that only one of two listings has, or that differ in any column; compared by 64 bits per run: the digests in the files where both
 * have them, else hashes made in this one query.
 */
async function differing(connection: DuckDBConnection, listing: string, previousListing: string): Promise<string> {
  const columns = [await columnsOf(connection, listing), await columnsOf(connection, previousListing)];
  const haveDigests = columns.every((present) => present.includes(ROW_DIGEST));
  const digest = haveDigests ? quoteName(ROW_DIGEST) : ROW_HASH;
  const seen = (path: string): string => `(SELECT run_accession AS accession, ${digest} AS seen FROM ${parquet(path)})`;
  return `SELECT coalesce(l.accession, b.accession) AS accession, b.accession IS NOT NULL AS was_listed,
      l.accession IS NOT NULL AND b.accession IS NOT NULL AS in_both
    FROM ${seen(listing)} l FULL JOIN ${seen(previousListing)} b ON b.accession = l.accession WHERE l.seen IS DISTINCT FROM b.seen`;
}

const changeOf = (wasListed: string, hasChanged: string): string =>
  `CASE WHEN l.run_accession IS NULL THEN 'missing'
        WHEN k.accession IS NULL THEN 'new'
        WHEN NOT (${wasListed}) THEN 'returned'
        WHEN ${hasChanged} THEN 'changed'
        ELSE 'unchanged' END AS seen_change`;

const SEEN_CHANGES = ['new', 'changed', 'unchanged', 'returned', 'missing'] as const satisfies readonly ComparedRun['change'][];

function comparedRunOf(row: SqlRow): ComparedRun {
  const change = SEEN_CHANGES.find((one) => one === row['seen_change']) ?? 'new';
  return {
    change,
    ...(row['run_accession'] !== null && { row: judgedRowOf(row) }),
    ...(typeof row['known_accession'] === 'string' && { previous: recordOf(row, 'known_') }),
  };
}
