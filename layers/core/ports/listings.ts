/** Set work on listings (DuckDB behind it) and the local files it needs. */
import type { RunRecord, RunState } from '../discovery/documents';
import type { ComparedRun } from '../discovery/judge-run';
import type { ListingErrors } from '../discovery/validate-listing';

/** Writes one file piece by piece, waiting where the disk is slower. */
export interface FileWriter {
  write(piece: string | Uint8Array): Promise<void>;
  end(): Promise<void>;
}
/** A directory of its own for one invocation. */
export interface Workspace {
  path(name: string): string;
  writer(name: string, options?: { readonly gzip?: boolean }): FileWriter;
}
/** Runs with an empty directory and removes it afterwards, whatever happened. */
export type WithWorkspace = <T>(use: (workspace: Workspace) => Promise<T>) => Promise<T>;

export interface RunsQuery {
  readonly state?: RunState;
  /** Part of an accession (run, sample, experiment, study) or of the scientific name. */
  readonly search?: string;
  /** Accession after which the page begins. */
  readonly after?: string;
  readonly limit: number;
  /** States that changed since the records were written, by accession. */
  readonly live: ReadonlyMap<string, RunState>;
}
export interface RunsPage {
  readonly items: readonly RunRecord[];
  /** There are more after the last item. */
  readonly hasMore: boolean;
  /** Runs of the source by state, regardless of the query. */
  readonly counts: Readonly<Partial<Record<RunState, number>>>;
}

/** All paths are local files; nothing is kept between calls, and each call may be repeated. */
export interface ListingTables {
  /** Columns stay text, verbatim; `absent` ones are added, empty. `runs`: how many distinct accessions of the right form there are. */
  listingToParquet(
    tsvGzPath: string,
    columns: readonly string[],
    parquetPath: string,
    absent?: readonly string[],
  ): Promise<{ readonly rows: number; readonly runs: number }>;
  /** Holds every row of a listing against the schema; lists at most `limit` errors and counts all. */
  validate(listingPath: string, limit: number): Promise<ListingErrors>;
  /** Every run that is listed now or was known before, each once, sorted by accession, in chunks of some thousand. */
  compare(paths: {
    readonly listing: string;
    readonly previousListing?: string;
    readonly previousRuns?: string;
  }): AsyncIterable<readonly ComparedRun[]>;
  /** From JSON lines of RunRecord. */
  recordsToParquet(jsonLinesPath: string, parquetPath: string): Promise<void>;
  /** Runs whose state may have changed since: neither complete, excluded nor withdrawn; at most `limit`. */
  openRuns(runsPath: string, limit: number): Promise<readonly Pick<RunRecord, 'accession' | 'fetchKey' | 'state'>[]>;
  page(runsPath: string, query: RunsQuery): Promise<RunsPage>;
}
