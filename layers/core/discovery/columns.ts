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

/**
 * What is asked of `read_run`, in this order. ENA knows 195 columns; these are the ones that rules, samplesheet or people use.
 * A name that ENA drops makes it refuse the whole request (HTTP 400), so every name here is one more thing that can go away.
 */
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
export type ListingColumn = (typeof LISTING_COLUMNS)[number];

/** One row of a listing, verbatim: every value is text, *not known* is the empty text. */
export type ListingRow = Readonly<Record<ListingColumn, string>>;

/** A difference in one of these since the last listing makes a run *changed*. ENA changes files without touching its dates. */
export const COMPARED_COLUMNS = ['fastq_md5', 'fastq_bytes', 'base_count', 'sample_accession'] as const satisfies readonly ListingColumn[];
