import type { CodeOf, Warning } from '../warnings';
import { counted } from '../words';
import { UNMATCHED_RULE, type CycleSummary } from './documents';
import type { FileNote, FileRule } from './file-rules';
import { FILES_NOT_SHOWN } from './judge-run';

/** A source of which more than this share of the listed runs is left out says so. */
export const EXCLUDED_SHARE = 0.5;

const MISSING: readonly FileRule[] = ['no-files', 'files-unequal', 'files-incomplete', 'files-empty'];
const INFERRED: readonly FileNote[] = ['single-file-of-paired', 'pair-of-single'];

/** What is odd about a listing that was accepted, from the counts of its comparison; pure. */
export function comparisonWarnings({ states, known, excludedByRule, notes = {} }: CycleSummary): readonly Warning<CodeOf<'plan-stored'>>[] {
  const { [UNMATCHED_RULE]: unmatched = 0, ...byRules } = excludedByRule;
  const listed = known - states.withdrawn - states.missing - unmatched;
  const excluded = states.excluded - unmatched;
  const missing = only(excludedByRule, MISSING);
  const inferred = only(notes, INFERRED);
  const notShown = notes[FILES_NOT_SHOWN] ?? 0;
  const percent = Math.round((100 * excluded) / Math.max(1, listed));
  const all: readonly (Warning<CodeOf<'plan-stored'>> & { readonly isTrue: boolean })[] = [
    {
      code: 'excluded-share',
      detail: `${excluded} of ${counted(listed, 'run')} left out (${percent} %): ${byRule(byRules)}`,
      isTrue: excluded > EXCLUDED_SHARE * listed,
    },
    { code: 'files-missing', detail: `${counted(sum(missing), 'run')} left out: ${byRule(missing)}`, isTrue: sum(missing) > 0 },
    { code: 'layout-inferred', detail: `${counted(sum(inferred), 'run')}: ${byRule(inferred)}`, isTrue: sum(inferred) > 0 },
    { code: 'files-not-shown', detail: `${counted(notShown, 'run')}, kept with the files known`, isTrue: notShown > 0 },
  ];
  return all.filter(({ isTrue }) => isTrue).map(({ code, detail }) => ({ code, detail }));
}

type Counts = Readonly<Record<string, number>>;
const only = (counts: Counts, names: readonly string[]): Counts =>
  Object.fromEntries(Object.entries(counts).filter(([name]) => names.includes(name)));
const sum = (counts: Counts): number => Object.values(counts).reduce((total, count) => total + count, 0);
const byRule = (counts: Counts): string =>
  Object.entries(counts)
    .toSorted(([one, few], [other, many]) => many - few || one.localeCompare(other))
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
