import type { DuckDBConnection } from '@duckdb/node-api';
import { CHANGES, RUN_STATES, isIncluded, isUnlisted } from '../../core/discovery/documents';
import type { RecordCount } from '../../core/discovery/summarize';
import type { Folded, Folding } from '../../core/ports/listings';
import { parquet, quoteText, PARQUET, rowsOf, type SqlRow } from './database';
import { carriedSql, recordsSql } from './records-sql';

/** Below this many runs a cycle always writes them all. */
const SMALL_RUNS = 50_000;
/** Differences are written apart while they are at most this share of all runs. */
const DIFFERENCES_SHARE = 1 / 8;

/** See `ListingTables.foldRecords`. Writes two files, replaced when it runs again. */
export async function foldRecords(connection: DuckDBConnection, folding: Folding, smallRuns = SMALL_RUNS): Promise<Folded> {
  const { judged, previous, to } = folding;
  await connection.run(`CREATE VIEW judged AS SELECT * FROM read_parquet([${judged.map(quoteText).join(', ')}])`);
  const taken = folding.all || previous === undefined ? undefined : previous;
  const whole = taken === undefined ? 'FROM judged' : `FROM judged UNION ALL BY NAME ${carriedSql(`(${recordsSql(taken)})`, 'judged')}`;
  const differences =
    taken?.base === undefined ? 'FROM judged' : `FROM judged UNION ALL BY NAME ${carriedSql(parquet(taken.runs), 'judged')}`;
  const isWhole = taken === undefined || (await isTooMuch(connection, differences, taken.base ?? taken.runs, smallRuns));
  await connection.run(`COPY (FROM (${isWhole ? whole : differences}) ORDER BY accession) TO ${quoteText(to.runs)} ${PARQUET}`);
  const included = isWhole ? `WHERE state IN (${RUN_STATES.filter(isIncluded).map(quoteText).join(', ')})` : '';
  const columns = `accession, "filesHash", "fetchKey", state`;
  await connection.run(`COPY (SELECT ${columns} FROM ${parquet(to.runs)} ${included}) TO ${quoteText(to.included)} (FORMAT json)`);
  const base = isWhole ? undefined : (taken.base ?? taken.runs);
  const counts = await countRecords(connection, recordsSql({ runs: to.runs, ...(base !== undefined && { base }) }));
  await checkListed(connection, folding.listing, counts);
  return { isWhole, counts };
}

/** Held against the file that they would be differences to, whose rows need not be read to be counted. */
async function isTooMuch(connection: DuckDBConnection, differences: string, base: string, smallRuns: number): Promise<boolean> {
  const count = async (sql: string): Promise<number> =>
    Number((await rowsOf(connection, `SELECT count(*) AS runs FROM (${sql})`))[0]?.['runs'] ?? 0);
  const known = await count(`FROM ${parquet(base)}`);
  return known <= smallRuns || (await count(differences)) > known * DIFFERENCES_SHARE;
}

async function countRecords(connection: DuckDBConnection, records: string): Promise<readonly RecordCount[]> {
  const rows = await rowsOf(
    connection,
    `SELECT change, state, rule, note, count(*) AS runs, sum("filesBytes") AS bytes FROM (${records}) GROUP BY ALL`,
  );
  return rows.map(countOf);
}

function countOf(row: SqlRow): RecordCount {
  const change = CHANGES.find((one) => one === row['change']);
  const state = RUN_STATES.find((one) => one === row['state']);
  if (change === undefined || state === undefined)
    throw new TypeError(`no record has change ${String(row['change'])}, state ${String(row['state'])}`);
  const [rule, note] = [row['rule'], row['note']].map((value) => (typeof value === 'string' ? value : ''));
  return { change, state, rule: rule ?? '', note: note ?? '', runs: Number(row['runs']), bytes: Number(row['bytes']) };
}

/** What is carried over was never looked at: this holds it against the listing. */
async function checkListed(connection: DuckDBConnection, listing: string, counts: readonly RecordCount[]): Promise<void> {
  const [counted] = await rowsOf(connection, `SELECT count(*) AS runs FROM ${parquet(listing)}`);
  const listed = Number(counted?.['runs'] ?? 0);
  const recorded = counts.reduce((sum, { change, runs }) => (isUnlisted(change) ? sum : sum + runs), 0);
  if (listed !== recorded) throw new Error(`the listing has ${listed} runs and the records show ${recorded} of them`);
}
