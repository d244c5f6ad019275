import { ASKED_COLUMNS, isWanted, type AskedColumn } from './columns';

/** Name and version of what a listing must look like; a rule that changes raises the version. */
export const LISTING_SCHEMA = 'trawl.listing/1';

/**
 * What a value may be, as a regular expression over the whole value that JavaScript, JSON Schema and RE2 read alike. The empty text
 * stands for *not known* and is always allowed, but where the column is required. Free text may hold anything but control characters:
 * ENA's own lists of words grow, and dates of collection and places are whatever the submitter wrote.
 */
const KINDS = {
  run: { pattern: '[EDS]RR[0-9]{5,12}', words: 'accession of a run' },
  experiment: { pattern: '[EDS]RX[0-9]{5,12}', words: 'accession of an experiment' },
  sample: { pattern: 'SAM[EDN][A-Z]?[0-9]{1,15}', words: 'accession of a sample' },
  'secondary-sample': { pattern: '[EDS]RS[0-9]{5,12}', words: 'secondary accession of a sample' },
  study: { pattern: 'PRJ[EDN][A-Z][0-9]{1,12}', words: 'accession of a study' },
  'secondary-study': { pattern: '[EDS]RP[0-9]{5,12}', words: 'secondary accession of a study' },
  submission: { pattern: '[EDS]RA[0-9]{5,12}', words: 'accession of a submission' },
  count: { pattern: '[0-9]{1,18}', words: 'whole number' },
  date: { pattern: '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])', words: 'date, YYYY-MM-DD' },
  degrees: { pattern: '-?[0-9]{1,3}([.][0-9]+)?', words: 'decimal degrees' },
  layout: { pattern: 'SINGLE|PAIRED', words: 'SINGLE or PAIRED' },
  word: { pattern: '[A-Z0-9_]+', words: 'word in capitals' },
  md5s: { pattern: '[0-9a-f]{32}(;[0-9a-f]{32})*', words: 'MD5 checksums, separated by semicolons' },
  sizes: { pattern: '[0-9]{1,15}(;[0-9]{1,15})*', words: 'sizes in bytes, separated by semicolons' },
  links: { pattern: '[^\\x00-\\x20;]+(;[^\\x00-\\x20;]+)*', words: 'links without scheme, separated by semicolons' },
  text: { pattern: '[^\\x00-\\x1f\\x7f]+', words: 'text without control characters' },
} as const;
export type ValueKind = keyof typeof KINDS;

const OF_KIND: Readonly<Partial<Record<AskedColumn, ValueKind>>> = {
  run_accession: 'run',
  experiment_accession: 'experiment',
  sample_accession: 'sample',
  secondary_sample_accession: 'secondary-sample',
  study_accession: 'study',
  secondary_study_accession: 'secondary-study',
  submission_accession: 'submission',
  tax_id: 'count',
  host_tax_id: 'count',
  read_count: 'count',
  base_count: 'count',
  nominal_length: 'count',
  first_public: 'date',
  first_created: 'date',
  last_updated: 'date',
  lat: 'degrees',
  lon: 'degrees',
  library_layout: 'layout',
  instrument_platform: 'word',
  fastq_ftp: 'links',
  fastq_md5: 'md5s',
  fastq_bytes: 'sizes',
  sra_ftp: 'links',
  sra_md5: 'md5s',
  sra_bytes: 'sizes',
  submitted_md5: 'md5s',
  submitted_bytes: 'sizes',
};
/** Without these a run cannot be placed in the mirror. */
const REQUIRED: readonly AskedColumn[] = ['run_accession', 'sample_accession', 'study_accession'];
/** Positional lists: each of a group has as many entries as the others, where it is there at all. */
const LISTS_ALIKE: readonly (readonly AskedColumn[])[] = [
  ['fastq_ftp', 'fastq_md5', 'fastq_bytes'],
  ['sra_ftp', 'sra_md5', 'sra_bytes'],
];

/** One thing that is asked of every row. `required`: not empty; `pattern`: of its kind or empty; `lists-alike`: as many entries as `column`. */
export type ListingCheck =
  | { readonly rule: 'required'; readonly column: AskedColumn }
  | { readonly rule: ValueKind; readonly column: AskedColumn; readonly pattern: string }
  | { readonly rule: 'lists-alike'; readonly column: AskedColumn; readonly like: AskedColumn };

/** Everything that the schema asks of a row, in the order of columns. */
export const LISTING_CHECKS: readonly ListingCheck[] = [
  ...ASKED_COLUMNS.flatMap((column): readonly ListingCheck[] => {
    const rule = OF_KIND[column] ?? 'text';
    const checked: ListingCheck = { rule, column, pattern: KINDS[rule].pattern };
    return REQUIRED.includes(column) ? [{ rule: 'required', column }, checked] : [checked];
  }),
  ...LISTS_ALIKE.flatMap(([like, ...columns]): readonly ListingCheck[] =>
    like === undefined ? [] : columns.map((column) => ({ rule: 'lists-alike', column, like })),
  ),
];

/** The schema of one row as JSON Schema (2020-12); `x-` words say what that cannot. Pure. */
export function listingJsonSchema(): Readonly<Record<string, unknown>> {
  const properties = ASKED_COLUMNS.map((column) => {
    const { pattern, words } = KINDS[OF_KIND[column] ?? 'text'];
    const needed = isWanted(column) ? {} : { 'x-needed': true };
    const isRequired = REQUIRED.includes(column);
    return [column, { type: 'string', description: words, pattern: isRequired ? `^(${pattern})$` : `^(${pattern})?$`, ...needed }];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: LISTING_SCHEMA,
    title: 'One row of a listing: a read run as ENA describes it',
    description:
      'Every value is text as ENA wrote it; the empty text is *not known*. Without an x-needed column there is no listing; any other may be empty for all rows.',
    type: 'object',
    properties: Object.fromEntries(properties) as unknown,
    required: ASKED_COLUMNS,
    'x-lists-alike': LISTS_ALIKE,
  };
}
