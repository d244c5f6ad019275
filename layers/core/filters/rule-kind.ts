import type { z } from 'zod';
import type { ListingColumn, ListingRow } from '../discovery/columns';

/** Columns of a run that rules look at. */
export const FILTER_COLUMNS = [
  'instrument_platform',
  'instrument_model',
  'library_strategy',
  'library_source',
  'library_selection',
  'library_layout',
  'tax_id',
  'center_name',
  'country',
  'collection_date',
  'first_public',
  'read_count',
  'base_count',
] as const satisfies readonly ListingColumn[];
export type FilterColumn = (typeof FILTER_COLUMNS)[number];

/** What a rule looks at: the row as listed, and the files that the file rules chose. */
export interface Candidate {
  readonly row: Pick<ListingRow, FilterColumn>;
  readonly filesBytes: number;
  readonly fileCount: number;
}
/** Why a run is left out, in words; undefined lets it pass. */
export type Excludes = (candidate: Candidate) => string | undefined;

/** A remark on parameters that are valid; `path` leads to the word within them. */
export interface Remark {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface RuleKind<P> {
  /** One line for people. */
  readonly description: string;
  /** Columns without which a dry run cannot apply the rule. */
  readonly columns: readonly (FilterColumn | 'fastq_ftp' | 'fastq_md5' | 'fastq_bytes')[];
  readonly parameters: z.ZodType<P>;
  readonly example: P;
  /** Reads the parameters once, and then judges run after run. Pure. */
  readonly judge: (parameters: P) => Excludes;
  readonly remarks?: (parameters: P) => readonly Remark[];
}

/** Where a run's value is not known: left in or left out. */
export const NOT_GIVEN = ['include', 'exclude'] as const;
export type NotGiven = (typeof NOT_GIVEN)[number];
