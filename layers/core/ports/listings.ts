/** Set work on listings (DuckDB behind it) and the local files it needs. */
import type { RunRecord, RunState } from '../discovery/documents';
import type { ListingRow } from '../discovery/columns';
import type { ComparedRun } from '../discovery/judge-run';
import type { ListingDiff, ListingDiffQuery } from './listing-diff';
import type { KnownVerdict } from '../discovery/preview-tally';
import type { FilterColumn } from '../filters/rule-kind';
import type { ExportRequest } from '../discovery/exports';
import type { EntityItem, EntityKind } from '../discovery/mirror';
import type { RecordCount } from '../discovery/summarize';
import type { ListingErrors } from '../discovery/listing-errors';

/** Writes one file piece by piece, waiting where the disk is slower. */
export interface FileWriter {
  write(piece: string | Uint8Array): Promise<void>;
  end(): Promise<void>;
}
/** A directory of its own for one invocation. */
export interface Workspace {
  path(name: string): string;
  writer(name: string, options?: { readonly gzip?: boolean }): FileWriter;
  /** The lines of a file that was written with gzip, one after the other. */
  gzippedLines(name: string): AsyncIterable<string>;
}
/** Runs with an empty directory and removes it afterwards, whatever happened. */
export type WithWorkspace = <T>(use: (workspace: Workspace) => Promise<T>) => Promise<T>;

export interface RunsQuery {
  readonly state?: RunState;
  /** Part of an accession (run, sample, experiment, study) or of the scientific name. */
  readonly search?: string;
  /** Only the runs of this study, sample or experiment, or this run alone. */
  readonly within?: { readonly kind: EntityKind | 'runs'; readonly accession: string };
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

/** Local files with the records of one cycle: `runs` holds them all, or those that are not as in `base`. */
export interface RecordFiles {
  readonly runs: string;
  readonly base?: string;
}
export interface Comparison {
  readonly listing: string;
  /** What was known before; absent at a source's first listing. */
  readonly previous?: { readonly listing: string; readonly records: RecordFiles };
  /** Every run is wanted; else those alone that the rules have to see again. */
  readonly all: boolean;
}
export interface Folding extends Pick<Comparison, 'listing' | 'all'> {
  /** Parquet files with the records that were judged now, each run once. */
  readonly judged: readonly string[];
  readonly previous?: RecordFiles;
  /** Written: records as Parquet, and included runs as JSON lines. */
  readonly to: { readonly runs: string; readonly included: string };
}
export interface Folded {
  /** `to` holds everything known; else the differences to the base that `previous` stands on, or to `previous` itself. */
  readonly isWhole: boolean;
  /** Everything known, counted. */
  readonly counts: readonly RecordCount[];
}

export interface TableCounts {
  readonly rows: number;
  readonly runs: number;
  readonly withFiles: number;
  /** Where `runs` are not `rows`: some of the accessions that come twice or are none, and what else tells their rows from others. */
  readonly odd?: readonly OddAccession[];
}
export interface OddAccession {
  /** As it came. */
  readonly accession: string;
  readonly rows: number;
  readonly isAccession: boolean;
  readonly sample: string;
  readonly study: string;
}

/** A source's last good listing and what Trawl knows of its runs. */
export interface MirrorPaths {
  readonly listing: string;
  readonly records: RecordFiles;
}
export interface EntitiesQuery extends Pick<RunsQuery, 'after' | 'limit' | 'live'> {
  readonly kind: EntityKind;
  /** Part of the accession or of any value that describes it. */
  readonly search?: string;
  /** This one alone. */
  readonly accession?: string;
}
export interface EntitiesPage {
  /** Sorted by accession. */
  readonly items: readonly EntityItem[];
  readonly hasMore: boolean;
}

export interface ExportPaths extends MirrorPaths {
  /** JSON lines {accession, state, batch, worker}: where runs stand now. */
  readonly standing: string;
  readonly to: string;
}
export interface ExportSettings extends ExportRequest {
  readonly sourceId: string;
  /** Root of the results at home. */
  readonly root: string;
  /** Phase of the source, as a number and in words. */
  readonly stage: number;
  readonly stageName: string;
  /** `<stage>@<revision>` that holds the files of its runs; absent: that of each run's key. */
  readonly home?: string | undefined;
}

/** All paths are local files; nothing is kept between calls, and each call may be repeated. */
export interface ListingTables {
  /**
   * Columns stay text, verbatim; `absent` ones are added, empty. `runs`: how many distinct accessions of the right form there are;
   * `withFiles`: rows that name FASTQ files.
   */
  listingToParquet(tsvGzPath: string, columns: readonly string[], parquetPath: string, absent?: readonly string[]): Promise<TableCounts>;
  /** Listings of the same columns as one, in the order of the paths, rows unsorted, in memory that does not grow with them. */
  mergeListings(parquetPaths: readonly string[], parquetPath: string): Promise<TableCounts>;
  /** Holds every row of a listing against the schema; lists at most `limit` errors and counts all. */
  validate(listingPath: string, limit: number): Promise<ListingErrors>;
  /**
   * Runs that the rules have to see, each once, in chunks of some thousand, in no order: those that are new, differ in any column of
   * LISTING_COLUMNS, came back or are missing, and those whose record is not settled; with `all`, every run listed or known. See `ComparedRun`.
   */
  compare(comparison: Comparison): AsyncIterable<readonly ComparedRun[]>;
  /**
   * The records of a cycle, sorted by accession: those judged now, and the others as they were (their change *unchanged*, or still
   * *withdrawn*). @throws Error when a listed run would be left without a record, or an unlisted one would be taken for listed
   */
  foldRecords(folding: Folding): Promise<Folded>;
  /** From JSON lines of RunRecord. */
  recordsToParquet(jsonLinesPath: string, parquetPath: string): Promise<void>;
  /** Runs whose state may have changed since: neither complete, excluded nor withdrawn; at most `limit`. */
  openRuns(records: RecordFiles, limit: number): Promise<readonly Pick<RunRecord, 'accession' | 'fetchKey' | 'state'>[]>;
  page(records: RecordFiles, query: RunsQuery): Promise<RunsPage>;
  /** What differs between two listings in Parquet, in any column that both have, and in any order of rows. */
  diff(paths: { readonly from: string; readonly to: string }, query: ListingDiffQuery): Promise<ListingDiff>;
  /** Runs that are listed now, each with the columns asked for (the others are empty), in chunks of some thousand, in no order. */
  verdicts(
    records: RecordFiles,
    columns: readonly FilterColumn[],
  ): Promise<{ readonly listedRuns: number; readonly chunks: AsyncIterable<readonly KnownVerdict[]> }>;
  /** Rows of a listing by accession, in any order; at most some thousand. */
  rowsOf(listingPath: string, accessions: readonly string[]): Promise<readonly ListingRow[]>;
  /** Studies, samples or experiments of the runs that are listed or known. */
  entities(paths: MirrorPaths, query: EntitiesQuery): Promise<EntitiesPage>;
  /** Included runs, in chunks of some thousand. */
  includedRuns(records: RecordFiles): AsyncIterable<readonly Pick<RunRecord, 'accession' | 'fetchKey' | 'state'>[]>;
  /** Writes one file: sorted by accession, a samplesheet by sample. */
  exportRuns(paths: ExportPaths, settings: ExportSettings): Promise<{ readonly rows: number }>;
  /** Everything that ENA said of one run, verbatim by column; of a run that is listed no more what is remembered of it. */
  columnsOfRun(paths: MirrorPaths, accession: string): Promise<Readonly<Record<string, string>> | undefined>;
}
