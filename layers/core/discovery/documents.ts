/** What discovery writes for those who read it later: one record per run of a source, and the summary of a cycle. */
import { z } from 'zod';
import { FilesHash, RunAccession } from '../ids';
import { PlannedRun, RunFile } from '../wire';

/** How a run stands against the last good listing. It explains; what is due does not depend on it (contract 1). */
export const CHANGES = ['new', 'changed', 'unchanged', 'returned', 'withdrawn'] as const;
export type Change = (typeof CHANGES)[number];

export const RUN_STATES = [
  'complete', // verified at home
  'claimed', // in work: a batch of this source fetches it
  'linked', // in work for another source, whose outcome is waited for
  'due', // to be fetched
  'failed', // tried in vain not long ago
  'excluded', // left out, with rule and reason
  'withdrawn', // no more at ENA, and nothing of it is at home
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Somebody fetches it, whoever that is: it is not due, and its outcome is waited for. */
export const isInWork = (state: RunState): boolean => state === 'claimed' || state === 'linked';

/** One row of `runs.parquet`: everything Trawl knows of a run for this source. Absent texts are empty. */
export const RunRecord = z.object({
  accession: RunAccession,
  change: z.enum(CHANGES),
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

/** One line of `included.jsonl`. */
export const IncludedRun = PlannedRun.extend({ fetchKey: z.string(), state: z.enum(['complete', 'claimed', 'linked', 'due', 'failed']) });
export type IncludedRun = z.infer<typeof IncludedRun>;

const Count = z.number().int().nonnegative();
/** `summary.json` of a cycle. */
export const CycleSummary = z.object({
  v: z.literal(1),
  sourceId: z.string(),
  cycle: z.number().int().positive(),
  /** Every run known, withdrawn ones too. */
  known: Count,
  changes: z.record(z.enum(CHANGES), Count),
  states: z.record(z.enum(RUN_STATES), Count),
  excludedByRule: z.record(z.string(), Count),
  dueBytes: Count,
});
export type CycleSummary = z.infer<typeof CycleSummary>;
