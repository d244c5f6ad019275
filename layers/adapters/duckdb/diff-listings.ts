import type { DuckDBConnection } from '@duckdb/node-api';
import { LISTING_CHANGES, type ListingChange, type ListingDiff, type ListingDiffQuery } from '../../core/ports/listing-diff';
import { columnsOf, parquet, quoteName, rowsOf, type SqlRow } from './database';
import { isRowDigest } from './row-digest';

interface Paths {
  readonly from: string;
  readonly to: string;
}

/** See `ListingTables.diff`. */
export async function diffListings(
  connection: DuckDBConnection,
  { from, to }: Paths,
  { change, after, limit }: ListingDiffQuery,
): Promise<ListingDiff> {
  const columns = await sharedColumns(connection, { from, to });
  const seen = (path: string): string =>
    `(SELECT run_accession AS accession, hash(${columns.map(quoteName).join(', ')}) AS seen FROM ${parquet(path)})`;
  await connection.run(
    `CREATE TEMP TABLE differing AS SELECT coalesce(o.accession, n.accession) AS accession,
       CASE WHEN o.accession IS NULL THEN 'new' WHEN n.accession IS NULL THEN 'gone' ELSE 'changed' END AS change
     FROM ${seen(from)} o FULL JOIN ${seen(to)} n USING (accession) WHERE o.seen IS DISTINCT FROM n.seen`,
  );
  const conditions = [...(change === undefined ? [] : ['change = $change']), ...(after === undefined ? [] : ['accession > $after'])];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const values = { ...(change !== undefined && { change }), ...(after !== undefined && { after }) };
  await connection.run(`CREATE TEMP TABLE page AS SELECT * FROM differing ${where} ORDER BY accession LIMIT ${limit + 1}`, values);
  const named = (alias: string): string =>
    columns.map((column) => `${alias}.${quoteName(column)} AS ${quoteName(`${alias}_${column}`)}`).join(', ');
  const rows = await rowsOf(
    connection,
    `SELECT p.accession, p.change, ${named('o')}, ${named('n')} FROM page p
     LEFT JOIN (FROM ${parquet(from)} SEMI JOIN page ON page.accession = run_accession) o ON o.run_accession = p.accession
     LEFT JOIN (FROM ${parquet(to)} SEMI JOIN page ON page.accession = run_accession) n ON n.run_accession = p.accession ORDER BY p.accession`,
  );
  const counted = await rowsOf(connection, 'SELECT change, count(*) AS runs FROM differing GROUP BY change');
  const counts = { new: 0, changed: 0, gone: 0 };
  for (const row of counted) counts[changeOf(row)] = Number(row['runs']);
  return { items: rows.slice(0, limit).map((row) => itemOf(row, columns)), hasMore: rows.length > limit, counts };
}

/** Listings of different times may have other columns; one that only one of them asked for is no difference. */
async function sharedColumns(connection: DuckDBConnection, { from, to }: Paths): Promise<readonly string[]> {
  const others = await columnsOf(connection, to);
  return (await columnsOf(connection, from)).filter((column) => others.includes(column) && !isRowDigest(column));
}

const changeOf = (row: SqlRow): ListingChange => LISTING_CHANGES.find((one) => one === row['change']) ?? 'changed';
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function itemOf(row: SqlRow, columns: readonly string[]): ListingDiff['items'][number] {
  const change = changeOf(row);
  const pairs = columns.map((column) => ({ column, from: text(row[`o_${column}`]), to: text(row[`n_${column}`]) }));
  return { accession: text(row['accession']), change, columns: change === 'changed' ? pairs.filter(({ from, to }) => from !== to) : [] };
}
