import { fetchKeyOf } from '../ids';
import { METADATA_COLUMNS, type JudgedRow } from './columns';
import { isInWork, UNMATCHED_RULE, WITHDRAWN_AFTER_LISTINGS, type Change, type RunRecord, type RunState } from './documents';
import { chooseFiles, FILE_RULES, type FileChoice } from './file-rules';
import { filesHashOf } from './files-hash';
import type { ActiveRule } from './filters';

/**
 * A run as the comparison found it: `row` absent when it is not listed, `previous` absent when it was never listed. What the row tells anew
 * is left out of `previous`: its metadata where there is a row, its files where the row names some.
 */
export interface ComparedRun {
  readonly change: Exclude<Change, 'withdrawn' | 'unmatched'>;
  readonly row?: JudgedRow;
  readonly previous?: RunRecord;
}
export interface JudgeContext {
  readonly rules: readonly ActiveRule[];
  readonly fileBaseUrl: string;
  readonly stage: { readonly name: string; readonly revision: string };
  /** The listing was asked for by another query than the last good one: what is not in it may be at ENA all the same. */
  readonly isOtherQuery?: boolean;
}
/** A record whose state is still to be found out (see run-state.ts). */
export type JudgedRun = Omit<RunRecord, 'state'>;

type FilesUsed = Omit<Extract<FileChoice, { readonly outcome: 'used' }>, 'note'> & { readonly note?: string };

/** Which files of a run are used, and whether any rule leaves it out: file rules first, then the chain; the first that excludes is kept. Pure. */
export function judgeRun(compared: ComparedRun, context: JudgeContext): JudgedRun {
  const { change, row, previous } = compared;
  if (row === undefined) return unlisted(previous, context.isOtherQuery === true);
  const choice = keepKnown(chooseFiles(row, context.fileBaseUrl), previous);
  const metadata = Object.fromEntries(METADATA_COLUMNS.map((column) => [column, row[column]]));
  const base = { accession: row.run_accession, change, missedListings: 0, metadata };
  if (choice.outcome === 'excluded') return { ...base, ...excluded(choice.rule, choice.reason) };
  const filesBytes = choice.files.reduce((sum, file) => sum + file.bytes, 0);
  const fileCount = choice.files.length;
  for (const { rule, excludes } of context.rules) {
    const reason = excludes({ row, filesBytes, fileCount });
    if (reason === undefined) continue;
    // What is left out keeps no files for the next cycle, which would find none: the same words now.
    if (choice.note === FILES_NOT_SHOWN) return { ...base, ...withoutFiles() };
    return { ...base, ...excluded(rule, reason), filesBytes, fileCount };
  }
  const filesHash = filesHashOf(choice.files);
  return {
    ...base,
    verdict: 'included',
    rule: '',
    reason: '',
    note: choice.note ?? '',
    filesHash,
    fetchKey: fetchKeyOf(row.run_accession, filesHash, context.stage.name, context.stage.revision),
    filesBytes,
    fileCount,
    files: choice.files.map((file) => ({ ...file })),
  };
}

/** Note of a run for which ENA shows no files although there were some. */
export const FILES_NOT_SHOWN = 'files-not-shown';

/** ENA shows empty file columns for whole runs while it is unwell: such a run keeps its files until its state is known (I9). */
function keepKnown(choice: FileChoice, previous: RunRecord | undefined): FilesUsed | Extract<FileChoice, { readonly outcome: 'excluded' }> {
  const isBlank = choice.outcome === 'excluded' && choice.rule === 'no-files';
  return isBlank && previous?.verdict === 'included' ? { outcome: 'used', files: previous.files, note: FILES_NOT_SHOWN } : choice;
}

const excluded = (rule: string, reason: string) =>
  ({
    verdict: 'excluded',
    rule,
    reason,
    note: '',
    filesHash: '',
    fetchKey: '',
    filesBytes: 0,
    fileCount: 0,
    files: [],
  }) satisfies Partial<JudgedRun>;
const withoutFiles = () => excluded('no-files', FILE_RULES['no-files']);

/**
 * The judged run with its state, as it is kept. A run whose files are not shown, or that the source does not ask for any more, stays
 * included where its files are verified or on their way; where they are still to be fetched, nothing of it is fetched.
 */
export function recordOf(judged: JudgedRun, state: RunState): RunRecord {
  const isAtHome = state === 'complete' || isInWork(state) || state === 'missing' || state === 'withdrawn';
  if (judged.change === 'unmatched' && !isAtHome)
    return { ...judged, ...excluded(UNMATCHED_RULE, 'the query of the source does not match it any more'), state: 'excluded' };
  if (judged.verdict === 'excluded' || isAtHome) return { ...judged, state };
  if (judged.note !== FILES_NOT_SHOWN) return { ...judged, state };
  return { ...judged, ...withoutFiles(), state: 'excluded' };
}

/** Everything known of it stays (I9); only how often it was missed grows. What is not asked for any more is not missed. */
function unlisted(previous: RunRecord | undefined, isOtherQuery: boolean): JudgedRun {
  if (previous === undefined) throw new TypeError('a run that is neither listed nor known cannot be missing');
  const isUnmatched = previous.change === 'unmatched' || (isOtherQuery && previous.change !== 'withdrawn');
  if (isUnmatched) return { ...previous, missedListings: 0, change: 'unmatched' };
  const missedListings = Math.min(previous.missedListings + 1, WITHDRAWN_AFTER_LISTINGS);
  return { ...previous, missedListings, change: missedListings < WITHDRAWN_AFTER_LISTINGS ? 'missing' : 'withdrawn' };
}
