import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { OddAccession, TableCounts } from '../../core/ports/listings';
import { z } from 'zod';
import { parquet, PARQUET, quoteName, quoteText, rowsOf } from './database';
import { ENA_COLUMNS_SQL, ROW_DIGEST_SQL } from './row-digest';

// The reader holds sixteen lines of this length in memory, whatever the real ones are.
const LONGEST_LINE_BYTES = 1024 * 1024;
/** As `RunAccession` in core. */
const ACCESSION = '^[EDS]RR[0-9]{5,12}$';
/** Accessions that a rejection names. */
const ODD_LIMIT = 3;
const CARRIAGE_RETURN = 13;
const STAND_IN = 2;

export interface Conversion {
  readonly from: string;
  readonly to: string;
  readonly columns: readonly string[];
  /** Columns that the answer does not have and the Parquet file does, empty. */
  readonly absent: readonly string[];
}

/**
 * A gzipped TSV as Parquet, every column text, verbatim, and a digest of each row; unsorted: nothing reads an order from a listing, and a
 * sort would hold all of it. Carriage returns before the end of a line are part of that end, whatever else a listing holds. `runs`: distinct
 * accessions of the right form.
 */
export async function convertListing(connection: DuckDBConnection, conversion: Conversion): Promise<TableCounts> {
  const { from, to, columns } = conversion;
  try {
    await copyListing(connection, conversion, columns.map(quoteName));
  } catch {
    // DuckDB takes a carriage return inside a value for the end of a line, and says so. It then reads a copy without them.
    const masked = `${from}.masked`;
    await maskReturns(from, masked);
    const restored = columns.map((column, at) => {
      const read = at === columns.length - 1 ? `rtrim(${quoteName(column)}, chr(${STAND_IN}))` : quoteName(column);
      return `replace(${read}, chr(${STAND_IN}), chr(${CARRIAGE_RETURN})) AS ${quoteName(column)}`;
    });
    await copyListing(connection, { ...conversion, from: masked }, restored);
    await rm(masked);
  }
  return countListing(connection, to);
}

/** Listings one after the other, unsorted: a sort of several million wide rows would outgrow memory and disk. */
export async function mergeListings(connection: DuckDBConnection, from: readonly string[], to: string): Promise<TableCounts> {
  const tables = `read_parquet([${from.map(quoteText).join(', ')}])`;
  // Digests are made anew: windows may have been taken by different versions.
  await connection.run(`COPY (SELECT ${ENA_COLUMNS_SQL}, ${ROW_DIGEST_SQL} FROM ${tables}) TO ${quoteText(to)} ${PARQUET}`);
  return countListing(connection, to);
}

async function countListing(connection: DuckDBConnection, path: string): Promise<TableCounts> {
  const distinct = `count(DISTINCT run_accession) FILTER (regexp_matches(run_accession, '${ACCESSION}'))`;
  const withFiles = `count(*) FILTER (replace(fastq_ftp, ';', '') <> '')`;
  const sql = `SELECT count(*) AS "rows", ${distinct} AS runs, ${withFiles} AS files FROM ${parquet(path)}`;
  const [counted] = await rowsOf(connection, sql);
  const counts = { rows: Number(counted?.['rows'] ?? 0), runs: Number(counted?.['runs'] ?? 0), withFiles: Number(counted?.['files'] ?? 0) };
  return counts.rows === counts.runs ? counts : { ...counts, odd: await oddAccessions(connection, path) };
}

async function oddAccessions(connection: DuckDBConnection, path: string): Promise<readonly OddAccession[]> {
  const sql = `SELECT run_accession, count(*) AS n, regexp_matches(run_accession, '${ACCESSION}') AS fits, min(sample_accession) AS sample,
    min(study_accession) AS study FROM ${parquet(path)} GROUP BY run_accession HAVING n > 1 OR NOT fits ORDER BY run_accession LIMIT ${ODD_LIMIT}`;
  const Odd = z.object({ run_accession: z.string(), n: z.coerce.number(), fits: z.boolean(), sample: z.string(), study: z.string() });
  const found = z.array(Odd).parse(await rowsOf(connection, sql));
  return found.map(({ run_accession: accession, n: rows, fits: isAccession, ...rest }) => ({ accession, rows, isAccession, ...rest }));
}

/** No quoting and no escapes, as ENA writes; the null word is one that no text holds, so that the empty text stays the empty text. */
async function copyListing(
  connection: DuckDBConnection,
  { from, to, columns, absent }: Conversion,
  present: readonly string[],
): Promise<void> {
  const selected = [...present, ...absent.map((column) => `'' AS ${quoteName(column)}`)];
  const types = columns.map((column) => `${quoteText(column)}: 'VARCHAR'`).join(', ');
  const options = [
    `auto_detect = false, header = true, delim = '\t', quote = '', escape = '', new_line = '\\n', nullstr = '\u0001'`,
    `compression = 'gzip', max_line_size = ${LONGEST_LINE_BYTES}, columns = {${types}}`,
  ];
  const csv = `read_csv(${quoteText(from)}, ${options.join(', ')})`;
  const rows = `SELECT ${selected.join(', ')} FROM ${csv}`;
  await connection.run(`COPY (SELECT *, ${ROW_DIGEST_SQL} FROM (${rows})) TO ${quoteText(to)} ${PARQUET}`);
}

async function maskReturns(from: string, to: string): Promise<void> {
  const mask = new Transform({
    transform: (chunk: Buffer, _encoding, done) =>
      done(
        null,
        chunk.map((byte) => (byte === CARRIAGE_RETURN ? STAND_IN : byte)),
      ),
  });
  await pipeline(createReadStream(from), createGunzip(), mask, createGzip({ level: 1 }), createWriteStream(to));
}
