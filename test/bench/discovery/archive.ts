import { join } from 'node:path';
import { PARQUET, quoteName, quoteText, withDuckDb } from '../../../layers/adapters/duckdb/database';
import { ENA_COLUMNS_SQL, ROW_DIGEST_SQL, ROW_HASH } from '../../../layers/adapters/duckdb/row-digest';
import { ASKED_COLUMNS } from '../../../layers/core/discovery/columns';

const RECORDED = join(__dirname, '../../world/ena/data/*.tsv');
/** Of a thousand runs of the second listing, 6 have other checksums, 2 other bases, 1 is new; 1 is gone. */
const PER_MILLE = { checksums: 6, bases: 2, added: 1, gone: 1 } as const;

export interface Listings {
  readonly before: string;
  readonly now: string;
}

/**
 * Two listings of a generated archive, as `listing.parquet` of a cycle: the recorded rows over and over, each time with another run
 * accession (also in names and links) and other checksums; sizes and everything else as recorded. Of the second, 1 % is changed.
 * Both with digests of their rows, as the product writes them.
 */
export async function makeListings(folder: string, rows: number): Promise<Listings> {
  const paths = { before: join(folder, 'before.parquet'), now: join(folder, 'now.parquet') };
  await withDuckDb({ memoryMb: 2048, threads: 2, scratchDirectory: folder }, async (connection) => {
    const options = `delim = '\\t', header = true, all_varchar = true, union_by_name = true, quote = ''`;
    await connection.run(
      `CREATE TABLE recorded AS SELECT row_number() OVER () - 1 AS number, coalesce(COLUMNS(*), '') FROM read_csv(${quoteText(RECORDED)}, ${options})`,
    );
    const { length: count } = (await connection.runAndReadAll('SELECT number FROM recorded')).getRows();
    const present = (await connection.runAndReadAll('SELECT * FROM recorded LIMIT 0')).columnNames();
    const selected = ASKED_COLUMNS.map((column) => `${present.includes(column) ? renumbered(column) : `''`} AS ${quoteName(column)}`);
    const source = `(SELECT i, 'ERR' || (10000000 + i) AS accession FROM range(${rows}) numbers(i)) n JOIN recorded r ON r.number = n.i % ${count}`;
    const copy = (sql: string, to: string) =>
      connection.run(`COPY (SELECT *, ${ROW_DIGEST_SQL} FROM (${sql}) ORDER BY run_accession) TO ${quoteText(to)} ${PARQUET}`);
    await copy(`SELECT ${selected.join(', ')} FROM ${source}`, paths.before);
    await copy(changedSql(paths.before), paths.now);
  });
  return paths;
}

/** Processor seconds that the digests of a listing take while it is written; at most, since its rows are read here as well. */
export async function digestSeconds(path: string, scratchDirectory: string): Promise<number> {
  return withDuckDb({ memoryMb: 512, threads: 2, scratchDirectory }, async (connection) => {
    const cpu = process.cpuUsage();
    await connection.run(`SELECT max(${ROW_HASH}) FROM read_parquet(${quoteText(path)})`);
    const { user, system } = process.cpuUsage(cpu);
    return (user + system) / 1e6;
  });
}

function renumbered(column: string): string {
  const name = quoteName(column);
  if (column === 'run_accession') return 'accession';
  if (column.endsWith('_ftp')) return `replace(${name}, r.run_accession, accession)`;
  if (column.endsWith('_md5'))
    return `CASE WHEN ${name} = '' THEN '' ELSE array_to_string(list_transform(string_split(${name}, ';'), lambda sum: md5(sum || accession)), ';') END`;
  return name;
}

function changedSql(before: string): string {
  const { checksums, bases, added, gone } = PER_MILLE;
  const share = `hash(run_accession) % 1000`;
  const from = `(SELECT ${ENA_COLUMNS_SQL} FROM read_parquet(${quoteText(before)}))`;
  const changed = `SELECT * REPLACE (
      CASE WHEN ${share} < ${checksums} AND fastq_md5 <> '' THEN array_to_string(list_transform(string_split(fastq_md5, ';'), lambda sum: md5(sum)), ';') ELSE fastq_md5 END AS fastq_md5,
      CASE WHEN ${share} BETWEEN ${checksums} AND ${checksums + bases - 1} THEN base_count || '1' ELSE base_count END AS base_count)
    FROM ${from} WHERE ${share} < ${1000 - gone}`;
  const arrived = `SELECT * REPLACE (replace(run_accession, 'ERR1', 'ERR9') AS run_accession, replace(fastq_ftp, 'ERR1', 'ERR9') AS fastq_ftp)
    FROM ${from} WHERE ${share} BETWEEN ${checksums + bases} AND ${checksums + bases + added - 1}`;
  return `${changed} UNION ALL BY NAME ${arrived}`;
}
