import type { DuckDBConnection } from '@duckdb/node-api';
import { LISTING_CHECKS, type ListingCheck } from '../../core/discovery/listing-schema';
import type { ListingErrors } from '../../core/discovery/listing-errors';
import { parquet, quoteName, quoteText, rowsOf } from './database';

const VALUE_LIMIT = 200;

/** Condition under which a row fails a check. A list that is empty altogether is *not known*. */
function failsSql(check: ListingCheck): string {
  const column = quoteName(check.column);
  if (check.rule === 'required') return `${column} = ''`;
  if ('pattern' in check) return `${column} <> '' AND NOT regexp_full_match(${column}, ${quoteText(check.pattern)})`;
  const entries = (name: string): string => `len(string_split(${name}, ';'))`;
  const like = quoteName(check.like);
  return `${like} <> '' AND ${column} <> '' AND ${entries(column)} <> ${entries(like)}`;
}

/** Counts in one pass over the file; the rows themselves are read only for the checks that some fail. */
export async function validateListing(connection: DuckDBConnection, path: string, limit: number): Promise<ListingErrors> {
  const checks = LISTING_CHECKS.map((check) => ({ check, fails: `(${failsSql(check)})` }));
  const sums = checks.map(({ fails }, at) => `count(*) FILTER (WHERE ${fails}) AS c${at}`).join(', ');
  const [counted = {}] = await rowsOf(connection, `SELECT count(*) AS "rows", ${sums} FROM ${parquet(path)}`);
  const failed = checks.map((one, at) => ({ ...one, rows: Number(counted[`c${at}`] ?? 0) })).filter(({ rows }) => rows > 0);
  const counts = failed.map(({ check: { column, rule }, rows }) => ({ column, rule, rows }));
  const rows = Number(counted['rows'] ?? 0);
  if (failed.length === 0) return { rows, invalidRows: 0, counts, errors: [] };
  const any = failed.map(({ fails }) => fails).join(' OR ');
  const [invalid] = await rowsOf(connection, `SELECT count(*) AS n FROM ${parquet(path)} WHERE ${any}`);
  const share = Math.max(1, Math.floor(limit / failed.length));
  const examples = failed.map(
    ({ check: { column, rule }, fails }) =>
      `(SELECT run_accession AS accession, ${quoteText(column)} AS "column", ${quoteText(rule)} AS rule,
        left(${quoteName(column)}, ${VALUE_LIMIT}) AS value FROM ${parquet(path)} WHERE ${fails} ORDER BY run_accession LIMIT ${share})`,
  );
  const errors = await rowsOf(
    connection,
    `SELECT * FROM (${examples.join(' UNION ALL ')}) ORDER BY accession, "column", rule LIMIT ${limit}`,
  );
  return { rows, invalidRows: Number(invalid?.['n'] ?? 0), counts, errors: errors.map(errorOf) };
}

const errorOf = (row: Readonly<Record<string, unknown>>): ListingErrors['errors'][number] => ({
  accession: String(row['accession']),
  column: String(row['column']),
  rule: String(row['rule']),
  value: String(row['value']),
});
