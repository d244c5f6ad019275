import type { DuckDBConnection } from '@duckdb/node-api';
import { RUN_STATES, type RunState } from '../../core/discovery/documents';
import type { EntityKind } from '../../core/discovery/mirror';
import type { RecordFiles, RunsPage, RunsQuery } from '../../core/ports/listings';
import { rowsOf } from './database';
import { loadLive } from './live-states';
import { recordOf } from './record-columns';
import { recordsSql } from './records-sql';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const stateOf = (value: unknown): RunState => RUN_STATES.find((state) => state === value) ?? 'due';

/** See `ListingTables.openRuns`. */
export async function openRuns(connection: DuckDBConnection, records: RecordFiles, limit: number) {
  const states = `state IN ('due', 'claimed', 'linked', 'failed')`;
  const rows = await rowsOf(
    connection,
    `SELECT accession, "fetchKey", state FROM (${recordsSql(records)}) WHERE ${states} ORDER BY accession LIMIT ${limit}`,
  );
  return rows.map((row) => ({ accession: text(row['accession']), fetchKey: text(row['fetchKey']), state: stateOf(row['state']) }));
}

const WITHIN = {
  studies: 'metadata.study_accession',
  samples: 'metadata.sample_accession',
  experiments: 'metadata.experiment_accession',
  runs: 'accession',
} as const satisfies Record<EntityKind | 'runs', string>;
const SEARCHED = [
  'accession',
  'metadata.sample_accession',
  'metadata.experiment_accession',
  'metadata.study_accession',
  'metadata.scientific_name',
];

/** See `ListingTables.page`. */
export async function pageOfRecords(
  connection: DuckDBConnection,
  records: RecordFiles,
  { state, search, within, after, limit, live }: RunsQuery,
): Promise<RunsPage> {
  await loadLive(connection, live);
  await connection.run(
    `CREATE VIEW runs AS SELECT r.* REPLACE (coalesce(l.state, r.state) AS state) FROM (${recordsSql(records)}) r LEFT JOIN live l USING (accession)`,
  );
  const conditions = [
    ...(state === undefined ? [] : ['state = $state']),
    ...(after === undefined ? [] : ['accession > $after']),
    ...(within === undefined ? [] : [`${WITHIN[within.kind]} = $within`]),
    ...(search === undefined ? [] : [`(${SEARCHED.map((column) => `contains(lower(${column}), lower($search))`).join(' OR ')})`]),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const values = {
    ...(state && { state }),
    ...(after !== undefined && { after }),
    ...(search !== undefined && { search }),
    ...(within && { within: within.accession }),
  };
  const rows = await rowsOf(connection, `SELECT * FROM runs ${where} ORDER BY accession LIMIT ${limit + 1}`, values);
  const counted = await rowsOf(connection, 'SELECT state, count(*) AS runs FROM runs GROUP BY state');
  return {
    items: rows.slice(0, limit).map((row) => recordOf(row)),
    hasMore: rows.length > limit,
    counts: Object.fromEntries(counted.map((row) => [stateOf(row['state']), Number(row['runs'])])),
  };
}
