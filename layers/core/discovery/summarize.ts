import type { RunCounts } from '../entities';
import { CHANGES, RUN_STATES, type CycleSummary, type IncludedRun, type RunRecord } from './documents';

/** Counts records as they stream by. */
export function summarizer(sourceId: string, cycle: number): { add(record: RunRecord): void; result(): CycleSummary } {
  const changes = zeros(CHANGES);
  const states = zeros(RUN_STATES);
  const excludedByRule: Record<string, number> = {};
  let known = 0;
  let dueBytes = 0;
  const add = ({ change, state, rule, filesBytes }: RunRecord): void => {
    known += 1;
    changes[change] += 1;
    states[state] += 1;
    if (state === 'excluded') excludedByRule[rule] = (excludedByRule[rule] ?? 0) + 1;
    if (state === 'due') dueBytes += filesBytes;
  };
  return { add, result: () => ({ v: 1, sourceId, cycle, known, changes, states, excludedByRule, dueBytes }) };
}

const zeros = <K extends string>(keys: readonly K[]): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;

/** The figures that a source shows. A run that is withdrawn but verified at home counts as both. */
export const countsOf = ({ known, changes, states }: CycleSummary): RunCounts => ({
  known,
  excluded: states.excluded,
  withdrawn: changes.withdrawn,
  complete: states.complete,
  failed: states.failed,
});

/** The record as a line of `included.jsonl`, or undefined when the run has no part in the source's results. */
export function includedRun(record: RunRecord): IncludedRun | undefined {
  const { accession, filesHash, fetchKey, files, metadata, state } = record;
  if (state === 'excluded' || state === 'withdrawn') return undefined;
  return { accession, filesHash, fetchKey, files, metadata, state };
}
