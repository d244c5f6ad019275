import type { AskedColumn } from './columns';

/** Reads of one run at home: the first mate or the only file, and the second mate. */
export type Mate = 1 | 2;
/** Empty for runs of other platforms, or (`not`) of these. */
interface Only {
  readonly platforms?: readonly string[];
  readonly not?: true;
}
/** What stands in a column of a samplesheet. */
export type SheetValue =
  | ({ readonly column: AskedColumn } & Only)
  /** The sample, or the run where it has none. */
  | { readonly of: 'sample' }
  /** Path of the reads at home. */
  | ({ readonly mate: Mate } & Only)
  | { readonly text: string };

const LONG_READS = ['OXFORD_NANOPORE', 'PACBIO_SMRT'];
const SAMPLE = { of: 'sample' } as const;
const FASTQ = { fastq_1: { mate: 1 }, fastq_2: { mate: 2 } } as const;
const verbatim = (...columns: readonly AskedColumn[]): Readonly<Record<string, SheetValue>> =>
  Object.fromEntries(columns.map((column) => [column, { column }]));

/**
 * Samplesheets of nf-core pipelines (checked against their `schema_input.json` of 2025), one line for each run that is complete. Runs of
 * one sample carry its accession, so that a pipeline that joins them does.
 */
export const SHEET_FLAVOURS = {
  /** What most pipelines read. */
  generic: { sample: SAMPLE, ...FASTQ },
  /** What nf-core/fetchngs writes: reads and metadata; the sample is the experiment. */
  fetchngs: {
    sample: { column: 'experiment_accession' },
    ...FASTQ,
    ...verbatim('run_accession', 'experiment_accession', 'sample_accession', 'secondary_sample_accession', 'study_accession'),
    ...verbatim('secondary_study_accession', 'submission_accession', 'run_alias', 'experiment_alias', 'sample_alias', 'study_alias'),
    ...verbatim('library_layout', 'library_selection', 'library_source', 'library_strategy', 'library_name', 'instrument_model'),
    ...verbatim('instrument_platform', 'base_count', 'read_count', 'tax_id', 'scientific_name', 'sample_title', 'experiment_title'),
    ...verbatim('study_title'),
  },
  taxprofiler: { sample: SAMPLE, ...verbatim('run_accession', 'instrument_platform'), ...FASTQ, fasta: { text: '' } },
  rnaseq: { sample: SAMPLE, ...FASTQ, strandedness: { text: 'auto' } },
  /** Without co-assembly: each sample is its own group. */
  mag: {
    sample: SAMPLE,
    run: { column: 'run_accession' },
    group: SAMPLE,
    short_reads_1: { mate: 1, platforms: LONG_READS, not: true },
    short_reads_2: { mate: 2, platforms: LONG_READS, not: true },
    short_reads_platform: { column: 'instrument_platform', platforms: LONG_READS, not: true },
    long_reads: { mate: 1, platforms: LONG_READS },
    long_reads_platform: { column: 'instrument_platform', platforms: LONG_READS },
  },
  /** One line a run, since its samples must be unique. */
  ampliseq: { sampleID: { column: 'run_accession' }, forwardReads: { mate: 1 }, reverseReads: { mate: 2 } },
} as const satisfies Readonly<Record<string, Readonly<Record<string, SheetValue>>>>;
export type SheetFlavour = keyof typeof SHEET_FLAVOURS;
export const FLAVOUR_NAMES = Object.keys(SHEET_FLAVOURS) as readonly SheetFlavour[];
