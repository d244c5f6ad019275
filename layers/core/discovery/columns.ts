/** What a plan carries with each run for samplesheet and run.json, verbatim. */
export const METADATA_COLUMNS = [
  'run_accession',
  'experiment_accession',
  'sample_accession',
  'secondary_sample_accession',
  'study_accession',
  'secondary_study_accession',
  'tax_id',
  'scientific_name',
  'instrument_platform',
  'instrument_model',
  'library_layout',
  'library_strategy',
  'library_source',
  'library_selection',
  'read_count',
  'base_count',
  'center_name',
  'country',
  'collection_date',
  'first_public',
  'last_updated',
] as const;

/** What discovery reads of a listing's rows: rules, comparison and plan rest on these. */
export const LISTING_COLUMNS = [
  ...METADATA_COLUMNS,
  'first_created',
  'fastq_ftp',
  'fastq_md5',
  'fastq_bytes',
  'submitted_ftp',
  'submitted_md5',
  'submitted_bytes',
  'submitted_format',
  'sra_ftp',
  'sra_md5',
  'sra_bytes',
] as const;
/** What rules and plans take from a row; the rest of LISTING_COLUMNS only tells that a row is another than it was. */
export const JUDGED_COLUMNS = [...METADATA_COLUMNS, 'fastq_ftp', 'fastq_md5', 'fastq_bytes'] as const satisfies readonly ListingColumn[];
export type ListingColumn = (typeof LISTING_COLUMNS)[number];

/** What gives studies, samples, experiments and runs substance for people; no rule reads them. */
export const DESCRIPTIVE_COLUMNS = [
  'study_title',
  'study_alias',
  'sample_title',
  'sample_alias',
  'host',
  'host_tax_id',
  'strain',
  'isolate',
  'isolation_source',
  'tissue_type',
  'lat',
  'lon',
  'experiment_title',
  'experiment_alias',
  'library_name',
  'nominal_length',
  'run_alias',
  'broker_name',
  'submission_accession',
] as const;

/** What is asked of `read_run`, in this order, of the 195 columns that ENA knows; a listing in Parquet has them all. */
export const ASKED_COLUMNS = [...LISTING_COLUMNS, ...DESCRIPTIVE_COLUMNS] as const;
export type AskedColumn = (typeof ASKED_COLUMNS)[number];

/**
 * Columns that a listing can do without. A name that ENA drops makes it refuse the whole request (HTTP 400): where it is one of these,
 * the request is made without it, the column stays empty, and the source has a warning. Without any other there is no listing.
 */
const WANTED_COLUMNS: readonly string[] = [
  ...DESCRIPTIVE_COLUMNS,
  'instrument_model',
  'center_name',
  'first_created',
  'last_updated',
  'submitted_ftp',
  'submitted_md5',
  'submitted_bytes',
  'submitted_format',
  'sra_ftp',
  'sra_md5',
  'sra_bytes',
] satisfies readonly AskedColumn[];
export const isWanted = (column: string): boolean => WANTED_COLUMNS.includes(column);

/** One row of a listing, verbatim: every value is text, *not known* is the empty text. */
export type ListingRow = Readonly<Record<ListingColumn, string>>;
export type JudgedRow = Pick<ListingRow, (typeof JUDGED_COLUMNS)[number]>;

/** A difference in one of these since the last listing makes a run *changed*. ENA changes files without touching its dates. */
export const COMPARED_COLUMNS = ['fastq_md5', 'fastq_bytes', 'base_count', 'sample_accession'] as const satisfies readonly ListingColumn[];
