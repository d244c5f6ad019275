import { tmpdir } from 'node:os';
import type { DuckDBConnection } from '@duckdb/node-api';
import { COMPARED_COLUMNS } from '../../core/discovery/columns';
import { CHANGES, RUN_STATES, type RunState } from '../../core/discovery/documents';
import type { ComparedRun } from '../../core/discovery/judge-run';
import type { ListingTables, RunsPage, RunsQuery } from '../../core/ports/listings';
import { convertListing } from './convert-listing';
import {
  chunksOf,
  openDuckDb,
  parquet,
  PARQUET,
  quoteName,
  quoteText,
  rowsOf,
  withDuckDb,
  type DuckDbOptions,
  type SqlRow,
} from './database';
import { listingRowOf, PEOPLE_COLUMNS, RECORD_COLUMNS, RECORD_JSON_COLUMNS, recordOf } from './record-columns';
import { validateListing } from './validate-listing';

/** Set work by DuckDB: a database in memory for each call, spilling to the temporary directory beyond `memoryMb`. */
export function duckDbTables(settings: Partial<DuckDbOptions> = {}): ListingTables {
  const options = { memoryMb: 512, threads: 2, scratchDirectory: tmpdir(), ...settings };
  return {
    listingToParquet: (from, columns, to, absent = []) =>
      withDuckDb(options, (connection) => convertListing(connection, { from, to, columns, absent })),
    validate: (path, limit) => withDuckDb(options, (connection) => validateListing(connection, path, limit)),
    compare: (paths) => compared(options, paths),
    recordsToParquet: (from, to) =>
      withDuckDb(options, async (connection) => {
        const records = `read_json(${quoteText(from)}, format = 'newline_delimited', columns = ${RECORD_JSON_COLUMNS}, maximum_object_size = 16777216)`;
        await connection.run(`COPY (SELECT *, ${PEOPLE_COLUMNS} FROM ${records} ORDER BY accession) TO ${quoteText(to)} ${PARQUET}`);
      }),
    openRuns: (path, limit) =>
      withDuckDb(options, async (connection) => {
        const rows = await rowsOf(
          connection,
          `${OPEN_RUNS} FROM ${parquet(path)} WHERE state IN ('due', 'claimed', 'linked', 'failed') LIMIT ${limit}`,
        );
        return rows.map((row) => ({ accession: text(row['accession']), fetchKey: text(row['fetchKey']), state: stateOf(row['state']) }));
      }),
    page: (path, query) => withDuckDb(options, (connection) => page(connection, path, query)),
  };
}

const OPEN_RUNS = 'SELECT accession, "fetchKey", state';
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const stateOf = (value: unknown): RunState => RUN_STATES.find((state) => state === value) ?? 'due';

type Paths = Parameters<ListingTables['compare']>[0];

/** Full outer join of the listing with the last good one and with everything known before. */
function compareSql({ previousListing, previousRuns }: Paths): string {
  const none = (columns: readonly string[]): string =>
    `(SELECT ${columns.map((column) => `'' AS ${quoteName(column)}`).join(', ')} WHERE false)`;
  const before = previousListing === undefined ? none(['run_accession', ...COMPARED_COLUMNS]) : 'read_parquet($previousListing)';
  const known = previousRuns === undefined ? none(RECORD_COLUMNS) : 'read_parquet($previousRuns)';
  const differs = COMPARED_COLUMNS.map((column) => `l.${column} IS DISTINCT FROM b.${column}`).join(' OR ');
  return `
    SELECT l.*, ${RECORD_COLUMNS.map((column) => `k.${quoteName(column)} AS ${quoteName(`known_${column}`)}`).join(', ')},
      CASE WHEN l.run_accession IS NULL THEN 'withdrawn'
           WHEN k.accession IS NULL THEN 'new'
           WHEN b.run_accession IS NULL THEN 'returned'
           WHEN ${differs} THEN 'changed'
           ELSE 'unchanged' END AS seen_change
    FROM read_parquet($listing) l
    FULL JOIN ${known} k ON k.accession = l.run_accession
    LEFT JOIN ${before} b ON b.run_accession = l.run_accession
    ORDER BY coalesce(l.run_accession, k.accession)`;
}

async function* compared(options: DuckDbOptions, paths: Paths): AsyncGenerator<readonly ComparedRun[]> {
  const instance = await openDuckDb(options);
  const connection = await instance.connect();
  try {
    for await (const rows of chunksOf(connection, compareSql(paths), { ...paths })) yield rows.map(comparedRunOf);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function comparedRunOf(row: SqlRow): ComparedRun {
  const change = CHANGES.find((one) => one === row['seen_change']) ?? 'new';
  return {
    change,
    ...(row['run_accession'] !== null && { row: listingRowOf(row) }),
    ...(row['known_accession'] !== null && { previous: recordOf(row, 'known_') }),
  };
}

const SEARCHED = ['accession', 'sample', 'experiment', 'study', 'scientific_name'];

async function page(connection: DuckDBConnection, path: string, { state, search, after, limit, live }: RunsQuery): Promise<RunsPage> {
  await connection.run('CREATE TABLE live (accession VARCHAR, state VARCHAR)');
  const appender = await connection.createAppender('live');
  for (const [accession, liveState] of live) {
    appender.appendVarchar(accession);
    appender.appendVarchar(liveState);
    appender.endRow();
  }
  appender.closeSync();
  await connection.run(
    `CREATE VIEW runs AS SELECT r.* REPLACE (coalesce(l.state, r.state) AS state) FROM ${parquet(path)} r LEFT JOIN live l USING (accession)`,
  );
  const conditions = [
    ...(state === undefined ? [] : ['state = $state']),
    ...(after === undefined ? [] : ['accession > $after']),
    ...(search === undefined ? [] : [`(${SEARCHED.map((column) => `contains(lower(${column}), lower($search))`).join(' OR ')})`]),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const values = { ...(state && { state }), ...(after !== undefined && { after }), ...(search !== undefined && { search }) };
  const rows = await rowsOf(connection, `SELECT * FROM runs ${where} ORDER BY accession LIMIT ${limit + 1}`, values);
  const counted = await rowsOf(connection, 'SELECT state, count(*) AS runs FROM runs GROUP BY state');
  return {
    items: rows.slice(0, limit).map((row) => recordOf(row)),
    hasMore: rows.length > limit,
    counts: Object.fromEntries(counted.map((row) => [stateOf(row['state']), Number(row['runs'])])),
  };
}
