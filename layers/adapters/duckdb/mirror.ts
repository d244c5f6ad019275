import type { DuckDBConnection } from '@duckdb/node-api';
import { ASKED_COLUMNS, METADATA_COLUMNS, type AskedColumn } from '../../core/discovery/columns';
import { RUN_STATES } from '../../core/discovery/documents';
import { ENTITIES, EntityItem } from '../../core/discovery/mirror';
import type { EntitiesPage, EntitiesQuery, MirrorPaths } from '../../core/ports/listings';
import { parquet, quoteName, rowsOf, type SqlRow } from './database';
import { loadLive } from './live-states';
import { recordsSql } from './records-sql';

/** A column as listed, else as remembered of a run that is listed no more, else empty. */
function columnSql(column: AskedColumn, listed: ReadonlySet<string>): string {
  const name = quoteName(column);
  const remembered = METADATA_COLUMNS.some((known) => known === column) ? `, r.metadata.${name}` : '';
  const values = `${listed.has(column) ? `l.${name}` : 'NULL'}${remembered}`;
  return column === 'run_accession' ? `coalesce(l.${name}, r.accession) AS ${name}` : `coalesce(${values}, '') AS ${name}`;
}

/** Every run that is listed or known, with all columns and its record: a SELECT. Listings of older versions may lack columns. */
export async function mirrorSql(connection: DuckDBConnection, { listing, records }: MirrorPaths): Promise<string> {
  const described = await rowsOf(connection, `DESCRIBE SELECT * FROM ${parquet(listing)}`);
  const listed = new Set(described.map((row) => String(row['column_name'])));
  const columns = ASKED_COLUMNS.map((column) => columnSql(column, listed)).join(', ');
  const record = ['change', 'verdict', 'rule', 'reason', 'note', 'state', 'filesHash', 'fetchKey', 'filesBytes', 'files'];
  return `SELECT ${columns}, ${record.map((name) => `r.${quoteName(name)}`).join(', ')}
    FROM ${parquet(listing)} l FULL JOIN (${recordsSql(records)}) r ON r.accession = l.run_accession`;
}

const textOf = (row: SqlRow, name: string): string => {
  const value = row[name];
  return typeof value === 'string' ? value : '';
};

export async function entities(connection: DuckDBConnection, paths: MirrorPaths, query: EntitiesQuery): Promise<EntitiesPage> {
  const { kind, search, accession, after, limit, live } = query;
  const shape = ENTITIES[kind];
  await loadLive(connection, live);
  const states = RUN_STATES.map(
    (state) => `count(*) FILTER (WHERE coalesce(v.state, m.state) = '${state}') AS ${quoteName(`state_${state}`)}`,
  );
  const values = shape.columns.map((column) => `max(m.${quoteName(column)}) AS ${quoteName(column)}`);
  const searched = ['accession', ...shape.columns].map((column) => `contains(lower(${quoteName(column)}), lower($search))`);
  const conditions = [
    "accession <> ''",
    ...(accession === undefined ? [] : ['accession = $accession']),
    ...(after === undefined ? [] : ['accession > $after']),
    ...(search === undefined ? [] : [`(${searched.join(' OR ')})`]),
  ];
  const sql = `
    SELECT * FROM (
      SELECT m.${quoteName(shape.accession)} AS accession, count(*) AS runs, sum(coalesce(m."filesBytes", 0)) AS bytes,
        ${[...states, ...values].join(', ')}
      FROM (${await mirrorSql(connection, paths)}) m LEFT JOIN live v ON v.accession = m.run_accession
      GROUP BY ALL)
    WHERE ${conditions.join(' AND ')} ORDER BY accession LIMIT ${limit + 1}`;
  const given = {
    ...(accession !== undefined && { accession }),
    ...(after !== undefined && { after }),
    ...(search !== undefined && { search }),
  };
  const rows = await rowsOf(connection, sql, given);
  return { items: rows.slice(0, limit).map((row) => entityOf(row, shape.columns)), hasMore: rows.length > limit };
}

const entityOf = (row: SqlRow, columns: readonly string[]): EntityItem =>
  EntityItem.parse({
    accession: row['accession'],
    runs: Number(row['runs']),
    bytes: Number(row['bytes']),
    states: Object.fromEntries(RUN_STATES.map((state) => [state, Number(row[`state_${state}`])] as const).filter(([, runs]) => runs > 0)),
    metadata: Object.fromEntries(columns.map((column) => [column, textOf(row, column)])),
  });

export async function columnsOfRun(
  connection: DuckDBConnection,
  paths: MirrorPaths,
  accession: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const [row] = await rowsOf(connection, `SELECT * FROM (${await mirrorSql(connection, paths)}) WHERE run_accession = $accession`, {
    accession,
  });
  return row === undefined ? undefined : Object.fromEntries(ASKED_COLUMNS.map((column) => [column, textOf(row, column)]));
}
