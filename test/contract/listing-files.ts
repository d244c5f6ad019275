/** Listings and records as files, for the suites of the tables. */
import { LISTING_COLUMNS, type ListingRow } from '../../layers/core/discovery/columns';
import type { RunRecord } from '../../layers/core/discovery/documents';
import type { Workspace } from '../../layers/core/ports/listings';
import { tmpdir } from 'node:os';
import { parquet, quoteText, withDuckDb } from '../../layers/adapters/duckdb/database';
import { ROW_DIGEST } from '../../layers/adapters/duckdb/row-digest';
import { duckDbTables } from '../../layers/adapters/duckdb/tables';

export const tables = duckDbTables({ memoryMb: 256, threads: 1 });

export const row = (accession: string, values: Partial<ListingRow> = {}): ListingRow =>
  ({ ...Object.fromEntries(LISTING_COLUMNS.map((column) => [column, ''])), run_accession: accession, ...values }) as ListingRow;

export const record = (accession: string, values: Partial<RunRecord> = {}): RunRecord => ({
  accession,
  change: 'new',
  missedListings: 0,
  verdict: 'excluded',
  rule: 'no-files',
  reason: 'ENA lists no FASTQ file',
  note: '',
  filesHash: '',
  fetchKey: '',
  filesBytes: 0,
  fileCount: 0,
  state: 'excluded',
  files: [],
  metadata: { sample_accession: 'SAMEA1', scientific_name: 'Gallus gallus' },
  ...values,
});

export async function listing(workspace: Workspace, name: string, rows: readonly ListingRow[]) {
  const writer = workspace.writer(`${name}.gz`, { gzip: true });
  await writer.write(`${LISTING_COLUMNS.join('\t')}\n`);
  for (const one of rows) await writer.write(`${LISTING_COLUMNS.map((column) => one[column]).join('\t')}\n`);
  await writer.end();
  const counted = await tables.listingToParquet(workspace.path(`${name}.gz`), LISTING_COLUMNS, workspace.path(name));
  return { ...counted, path: workspace.path(name) };
}

export async function runs(workspace: Workspace, records: readonly RunRecord[], name = 'runs.parquet'): Promise<string> {
  const writer = workspace.writer('runs.jsonl');
  for (const one of records) await writer.write(`${JSON.stringify(one)}\n`);
  await writer.end();
  await tables.recordsToParquet(workspace.path('runs.jsonl'), workspace.path(name));
  return workspace.path(name);
}

/** A listing as versions wrote it that knew no digests. */
export const withoutDigests = (from: string, to: string): Promise<unknown> =>
  withDuckDb({ memoryMb: 256, threads: 1, scratchDirectory: tmpdir() }, (connection) =>
    connection.run(`COPY (SELECT * EXCLUDE (${ROW_DIGEST}) FROM ${parquet(from)}) TO ${quoteText(to)} (FORMAT parquet)`),
  );
