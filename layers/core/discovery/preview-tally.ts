import type { FilterColumn } from '../filters/rule-kind';
import { isInWork, type RunRecord, type RunState } from './documents';
import type { ActiveRule } from './filters';
import { FILE_RULES } from './file-rules';

/** What the last cycle found of a listed run, with the columns that rules look at. */
export interface KnownVerdict extends Pick<RunRecord, 'accession' | 'verdict' | 'rule' | 'state' | 'filesBytes' | 'fileCount'> {
  readonly row: Readonly<Record<FilterColumn, string>>;
}
export interface PreviewExample {
  readonly accession: string;
  readonly rule: string;
  readonly reason: string;
  readonly state: RunState;
}
export interface Totals {
  readonly included: number;
  readonly excluded: number;
  readonly excludedByRule: Readonly<Record<string, number>>;
  readonly dueRuns: number;
  readonly dueBytes: number;
}
export interface BecomeExcluded {
  readonly runs: number;
  readonly bytes: number;
  readonly byRule: Readonly<Record<string, number>>;
  /** Verified at home: their results stay where they are. */
  readonly complete: number;
  /** Fetched at this moment: what comes home stays. */
  readonly inWork: number;
  readonly examples: readonly PreviewExample[];
}
/** A run that a rule left out so far. Whether its files are at home already is for the caller to find out. */
export type BecomesIncluded = Pick<KnownVerdict, 'accession' | 'filesBytes' | 'rule'>;
export interface Tallied {
  readonly runs: number;
  readonly now: Totals;
  readonly then: Totals;
  readonly becomeExcluded: BecomeExcluded;
  readonly becomeIncluded: { readonly runs: number; readonly bytes: number; readonly byRule: Readonly<Record<string, number>> };
}

const EXAMPLES_A_RULE = 3;
const EXAMPLES = 20;

/** Judges runs by another chain as they stream by, and keeps counts and a few examples alone. `states`: those that changed since the cycle. */
export function previewTally(rules: readonly ActiveRule[], states: ReadonlyMap<string, RunState> = new Map()) {
  const now = totals();
  const then = totals();
  const out = { runs: 0, bytes: 0, byRule: {} as Record<string, number>, complete: 0, inWork: 0, examples: [] as PreviewExample[] };
  const back = { runs: 0, bytes: 0, byRule: {} as Record<string, number> };
  let runs = 0;
  const leave = (run: KnownVerdict, state: RunState, { rule, reason }: Exclusion): void => {
    out.runs += 1;
    out.bytes += run.filesBytes;
    if (state === 'complete') out.complete += 1;
    if (isInWork(state)) out.inWork += 1;
    const shown = countUp(out.byRule, rule) <= EXAMPLES_A_RULE && out.examples.length < EXAMPLES;
    if (shown) out.examples.push({ accession: run.accession, rule, reason, state });
  };
  /** Gives back the run where it becomes included. */
  const add = (run: KnownVerdict): BecomesIncluded | undefined => {
    const state = states.get(run.accession) ?? run.state;
    const exclusion = exclusionOf(run, rules);
    runs += 1;
    now.add(run, run.verdict === 'excluded' ? run.rule : undefined, state);
    then.add(run, exclusion?.rule, state);
    if (exclusion !== undefined && run.verdict === 'included') leave(run, state, exclusion);
    if (exclusion !== undefined || run.verdict === 'included') return undefined;
    back.runs += 1;
    back.bytes += run.filesBytes;
    countUp(back.byRule, run.rule);
    return run;
  };
  return { add, result: (): Tallied => ({ runs, now: now.result(), then: then.result(), becomeExcluded: out, becomeIncluded: back }) };
}

interface Exclusion {
  readonly rule: string;
  readonly reason: string;
}
/** File rules look at the files alone: what they left out stays out, whatever the filters say. */
function exclusionOf(run: KnownVerdict, rules: readonly ActiveRule[]): Exclusion | undefined {
  if (run.verdict === 'excluded' && Object.hasOwn(FILE_RULES, run.rule)) return { rule: run.rule, reason: '' };
  for (const { rule, excludes } of rules) {
    const reason = excludes(run);
    if (reason !== undefined) return { rule, reason };
  }
  return undefined;
}

function totals() {
  const sum = { included: 0, excluded: 0, excludedByRule: {} as Record<string, number>, dueRuns: 0, dueBytes: 0 };
  const add = ({ filesBytes }: KnownVerdict, rule: string | undefined, state: RunState): void => {
    if (rule === undefined) sum.included += 1;
    else {
      sum.excluded += 1;
      countUp(sum.excludedByRule, rule);
    }
    if (rule !== undefined || state !== 'due') return;
    sum.dueRuns += 1;
    sum.dueBytes += filesBytes;
  };
  return { add, result: (): Totals => sum };
}

const countUp = (counts: Record<string, number>, key: string): number => (counts[key] = (counts[key] ?? 0) + 1);
