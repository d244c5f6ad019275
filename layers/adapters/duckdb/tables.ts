import { tmpdir } from 'node:os';
import type { ListingTables } from '../../core/ports/listings';
import { compareListing } from './compare-listing';
import { convertListing, mergeListings } from './convert-listing';
import { quoteText, PARQUET, withDuckDb, type DuckDbOptions } from './database';
import { diffListings } from './diff-listings';
import { exportRuns, includedRuns } from './export-runs';
import { foldRecords } from './fold-records';
import { columnsOfRun, entities } from './mirror';
import { openRuns, pageOfRecords } from './page-records';
import { RECORD_JSON_COLUMNS } from './record-columns';
import { validateListing } from './validate-listing';
import { countListed, listingRows, verdicts } from './verdicts';

export interface TablesOptions extends DuckDbOptions {
  /** Sources of at most this many runs have all their records written in each cycle. */
  readonly smallRuns: number;
}

/** Set work by DuckDB: a database in memory for each call, spilling to the temporary directory beyond `memoryMb`. */
export function duckDbTables(settings: Partial<TablesOptions> = {}): ListingTables {
  const { smallRuns, ...options } = { memoryMb: 512, threads: 2, scratchDirectory: tmpdir(), smallRuns: undefined, ...settings };
  return {
    listingToParquet: (from, columns, to, absent = []) =>
      withDuckDb(options, (connection) => convertListing(connection, { from, to, columns, absent })),
    mergeListings: (from, to) => withDuckDb(options, (connection) => mergeListings(connection, from, to)),
    validate: (path, limit) => withDuckDb(options, (connection) => validateListing(connection, path, limit)),
    compare: (comparison) => compareListing(options, comparison),
    recordsToParquet: (from, to) =>
      withDuckDb(options, async (connection) => {
        const records = `read_json(${quoteText(from)}, format = 'newline_delimited', columns = ${RECORD_JSON_COLUMNS}, maximum_object_size = 16777216)`;
        await connection.run(`COPY (FROM ${records}) TO ${quoteText(to)} ${PARQUET}`);
      }),
    foldRecords: (folding) => withDuckDb(options, (connection) => foldRecords(connection, folding, smallRuns)),
    openRuns: (records, limit) => withDuckDb(options, (connection) => openRuns(connection, records, limit)),
    diff: (paths, query) => withDuckDb(options, (connection) => diffListings(connection, paths, query)),
    page: (records, query) => withDuckDb(options, (connection) => pageOfRecords(connection, records, query)),
    verdicts: async (records, columns) => ({
      listedRuns: await withDuckDb(options, (connection) => countListed(connection, records)),
      chunks: verdicts(options, records, columns),
    }),
    rowsOf: (path, accessions) => withDuckDb(options, (connection) => listingRows(connection, path, accessions)),
    entities: (paths, query) => withDuckDb(options, (connection) => entities(connection, paths, query)),
    columnsOfRun: (paths, accession) => withDuckDb(options, (connection) => columnsOfRun(connection, paths, accession)),
    includedRuns: (records) => includedRuns(options, records),
    exportRuns: (paths, settings) => withDuckDb(options, (connection) => exportRuns(connection, paths, settings)),
  };
}
