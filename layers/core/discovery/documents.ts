/** What discovery writes for those who read it later: one record per run of a source, and the summary of a cycle. */
import { z } from 'zod';
import { FilesHash, RunAccession } from '../ids';
import { RunFile } from '../wire';
import { WorkflowTaken } from '../workflows/records';

/** How a run stands against the last good listing. It explains; what is due does not depend on it (contract 1). */
export const CHANGES = [
  'new',
  'changed', // checksums, sizes, base count or sample
  'unchanged',
  'returned', // listed again after it was not
  'missing', // not listed; too few listings in a row to call it withdrawn
  'withdrawn', // not listed for good, as it seems
  'unmatched', // not listed since the source asks for other runs: nothing is said of what ENA has
] as const;
export type Change = (typeof CHANGES)[number];

/** Good listings in a row without a run after which it counts as withdrawn. */
export const WITHDRAWN_AFTER_LISTINGS = 3;

/** Rule of a run that is left out because the source's own query (or its subtree) does not ask for it any more. */
export const UNMATCHED_RULE = 'query';

/** Not in this cycle's listing. */
export const isUnlisted = (change: Change): boolean => change === 'missing' || change === 'withdrawn' || change === 'unmatched';

/** Grows when records mean something else, or hold more: all runs are judged anew then. */
export const RECORD_VERSION = 2;

export const RUN_STATES = [
  'complete', // verified at home
  'claimed', // in work: a batch of this source fetches it
  'linked', // in work for another source, whose outcome is waited for
  'due', // to be fetched
  'failed', // tried in vain not long ago
  'excluded', // left out, with rule and reason
  'missing', // not listed just now, and nothing of it is at home
  'withdrawn', // no more at ENA, and nothing of it is at home
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Somebody fetches it, whoever that is: it is not due, and its outcome is waited for. */
export const isInWork = (state: RunState): boolean => state === 'claimed' || state === 'linked';

/** One row of `runs.parquet`: everything Trawl knows of a run for this source. Absent texts are empty, absent metadata is left out. */
export const RunRecord = z.object({
  accession: RunAccession,
  change: z.enum(CHANGES),
  /** Good listings in a row that did not have it, counted up to WITHDRAWN_AFTER_LISTINGS. */
  missedListings: z.number().int().nonnegative(),
  verdict: z.enum(['included', 'excluded']),
  /** Rule that excluded it, and why in words. */
  rule: z.string(),
  reason: z.string(),
  note: z.string(),
  /** Empty when excluded. */
  filesHash: z.union([FilesHash, z.literal('')]),
  fetchKey: z.string(),
  filesBytes: z.number().int().nonnegative(),
  fileCount: z.number().int().nonnegative(),
  state: z.enum(RUN_STATES),
  files: z.array(RunFile),
  metadata: z.record(z.string(), z.string()),
});
export type RunRecord = z.infer<typeof RunRecord>;

/**
 * One line of `included.jsonl`. States other than those of included runs occur only in a cycle that wrote its differences to a base:
 * there they take the run of the base away.
 */
export const IncludedRun = z.object({ accession: RunAccession, filesHash: z.string(), fetchKey: z.string(), state: z.enum(RUN_STATES) });
export type IncludedRun = z.infer<typeof IncludedRun>;

/** The run has a part in the source's results. */
export const isIncluded = (state: RunState): boolean => state !== 'excluded' && state !== 'missing' && state !== 'withdrawn';

const Count = z.number().int().nonnegative();
/** Summaries of before a change was told apart do not name it. */
const Changes = z.preprocess((given) => (typeof given === 'object' ? { unmatched: 0, ...given } : given), z.record(z.enum(CHANGES), Count));
/** `summary.json` of a cycle. */
export const CycleSummary = z.object({
  v: z.literal(1),
  sourceId: z.string(),
  cycle: z.number().int().positive(),
  /** Cycle whose `runs.parquet` and `included.jsonl` hold what this cycle's do not; absent where this cycle's hold all. */
  baseCycle: z.number().int().positive().optional(),
  /** What its runs go through; absent: the built-in workflow. `home`: where their files from ENA lie below a run's directory, `<stage>@<revision>`. */
  workflow: WorkflowTaken.extend({ home: z.string() }).optional(),
  /** What judged the runs: filters, file rules, stage, base URL; see `fingerprintOf`. */
  judgedBy: z.string().optional(),
  /** Rows that went through the rules; all others were carried over. */
  judgedRuns: Count.optional(),
  /** Every run known, withdrawn ones too. */
  known: Count,
  changes: Changes,
  states: z.record(z.enum(RUN_STATES), Count),
  excludedByRule: z.record(z.string(), Count),
  /** Included runs by the note on their files; absent in summaries of before there were notes. */
  notes: z.record(z.string(), Count).optional(),
  dueBytes: Count,
});
export type CycleSummary = z.infer<typeof CycleSummary>;
