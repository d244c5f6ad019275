import type { RunCounts } from '../entities';
import { CHANGES, isIncluded, isUnlisted, RUN_STATES, type CycleSummary, type RunRecord } from './documents';

/** How many records are alike in these fields, and their bytes together. */
export interface RecordCount extends Pick<RunRecord, 'change' | 'state' | 'rule' | 'note'> {
  readonly runs: number;
  readonly bytes: number;
}
export type Totals = Pick<CycleSummary, 'known' | 'changes' | 'states' | 'excludedByRule' | 'notes' | 'dueBytes'>;

/** The figures of a summary; pure. */
export function totalsOf(groups: readonly RecordCount[]): Totals {
  const changes = zeros(CHANGES);
  const states = zeros(RUN_STATES);
  const excludedByRule: Record<string, number> = {};
  const notes: Record<string, number> = {};
  let known = 0;
  let dueBytes = 0;
  for (const { change, state, rule, note, runs, bytes } of groups) {
    known += runs;
    changes[change] += runs;
    states[state] += runs;
    if (state === 'excluded') excludedByRule[rule] = (excludedByRule[rule] ?? 0) + runs;
    if (state === 'due') dueBytes += bytes;
    if (note !== '' && isIncluded(state) && !isUnlisted(change)) notes[note] = (notes[note] ?? 0) + runs;
  }
  return { known, changes, states, excludedByRule, notes, dueBytes };
}

const zeros = <K extends string>(keys: readonly K[]): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;

/** The figures that a source shows. A run that is withdrawn but verified at home counts as both. */
export const countsOf = ({ known, changes, states }: CycleSummary): RunCounts => ({
  known,
  excluded: states.excluded,
  missing: changes.missing,
  withdrawn: changes.withdrawn,
  complete: states.complete,
  failed: states.failed,
});

/** Rows of the last good listing. */
export const listedRuns = ({ known, missing = 0, withdrawn }: RunCounts): number => known - missing - withdrawn;
