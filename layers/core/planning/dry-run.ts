import { DEFAULT_FILTERS } from '../filters/rules';
import { LISTING_COLUMNS, type ListingColumn, type ListingRow } from '../discovery/columns';
import { chooseFiles } from '../discovery/file-rules';
import { filterChain, type ActiveRule } from '../discovery/filters';
import type { FilterDocument } from '../filters/document-schema';
import { planBatches, planRatio, type PlanCaps, type Sized } from './plan-batches';

export interface DryRunOptions {
  readonly caps: PlanCaps;
  readonly filters?: FilterDocument | undefined;
}
/** The answer of `trawl plan`. `missingColumns` are wanted columns that the report does not have, with what could not be done. */
export interface DryRun {
  readonly runs: number;
  readonly included: number;
  readonly excluded: Readonly<Record<string, number>>;
  /** `seconds`: where the caps have a pace and the report has sizes. */
  readonly batches: readonly { readonly runs: number; readonly bytes: number; readonly seconds?: number }[];
  readonly makespanRatio: number;
  readonly missingColumns: readonly { readonly column: string; readonly neededFor: string }[];
}
export type DryRunAnswer = ({ readonly outcome: 'planned' } & DryRun) | { readonly outcome: 'invalid'; readonly detail: string };

/** Without one of these there is nothing to judge a run's files by; then a run counts with no bytes. */
const FILE_COLUMNS = ['fastq_ftp', 'fastq_md5', 'fastq_bytes'] as const;
const ANY_BASE_URL = 'https://ftp.sra.ebi.ac.uk';
const NEEDED_FOR: Readonly<Partial<Record<ListingColumn, string>>> = {
  run_accession: 'telling runs apart',
  library_layout: 'telling pairs from single files',
  fastq_ftp: 'the file rules',
  fastq_md5: 'the file rules',
  fastq_bytes: 'the file rules and the size of batches',
};

/**
 * What a saved ENA report would give, from rows with any of the listing's columns; pure. Rules that need a column which is not there are
 * left out and named. An accession that comes twice counts once, as in a listing.
 */
export function dryRun(
  columns: readonly string[],
  rows: Iterable<Readonly<Record<string, string | undefined>>>,
  { caps, filters }: DryRunOptions,
): DryRunAnswer {
  const chain = filterChain(filters, DEFAULT_FILTERS);
  if (chain.outcome === 'invalid') return chain;
  const has = (column: string): boolean => columns.includes(column);
  const rules = chain.rules.filter(({ columns: needed }) => needed.every(has));
  const excluded: Record<string, number> = {};
  const included: Sized[] = [];
  const seen = new Set<string>();
  for (const values of rows) {
    const row = Object.fromEntries(LISTING_COLUMNS.map((column) => [column, values[column] ?? ''])) as ListingRow;
    const accession = row.run_accession || `row ${seen.size + 1}`;
    if (seen.has(accession)) continue;
    seen.add(accession);
    const judged = judgeRow(row, rules, has);
    if (typeof judged === 'string') excluded[judged] = (excluded[judged] ?? 0) + 1;
    else included.push({ accession, bytes: judged });
  }
  const planned = planBatches(included, caps);
  const tellsTime = caps.time !== undefined && has('fastq_bytes');
  return {
    outcome: 'planned',
    runs: seen.size,
    included: included.length,
    excluded,
    batches: planned.map(({ runs, bytes, load }) => ({ runs: runs.length, bytes, ...(tellsTime && { seconds: Math.round(load) }) })),
    makespanRatio: planRatio(planned, included, caps),
    missingColumns: missing(has, chain.rules),
  };
}

/** Bytes of the files used, or the rule that leaves the run out. */
function judgeRow(row: ListingRow, rules: readonly ActiveRule[], has: (column: string) => boolean): number | string {
  let filesBytes = 0;
  let fileCount = 0;
  if (FILE_COLUMNS.every(has)) {
    const choice = chooseFiles(row, ANY_BASE_URL);
    if (choice.outcome === 'excluded') return choice.rule;
    filesBytes = choice.files.reduce((sum, { bytes }) => sum + bytes, 0);
    fileCount = choice.files.length;
  } else if (has('fastq_bytes')) {
    filesBytes = row.fastq_bytes.split(';').reduce((sum, size) => sum + (Number(size) || 0), 0);
  } else if (has('fastq_ftp') && row.fastq_ftp === '') {
    return 'no-files';
  }
  return rules.find(({ excludes }) => excludes({ row, filesBytes, fileCount }) !== undefined)?.rule ?? filesBytes;
}

function missing(has: (column: string) => boolean, active: readonly ActiveRule[]): DryRun['missingColumns'] {
  const needs = Object.entries(NEEDED_FOR).map(([column, neededFor]) => ({ column, neededFor }));
  const byRules = active.flatMap(({ rule, columns }) =>
    columns.filter((column) => NEEDED_FOR[column] === undefined).map((column) => ({ column, neededFor: `the filter rule ${rule}` })),
  );
  return [...needs, ...byRules].filter(({ column }) => !has(column));
}
