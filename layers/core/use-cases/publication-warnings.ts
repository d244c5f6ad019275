import type { Source } from '../entities';
import { isMarked, restated, withWarning, type CodeOf, type Warning, type Warnings } from '../warnings';

export interface Standing {
  /** Every run known, excluded and withdrawn ones too. */
  readonly known: number;
  readonly complete: number;
  readonly failed: number;
  /** Included, and neither complete nor failed: cancelled, or given up by whoever had it. */
  readonly open: number;
  /** Verified runs by a word that a stage said about them. */
  readonly verdicts?: Readonly<Record<string, number>>;
}

const runsAre = (count: number): string => (count === 1 ? '1 run is' : `${count} runs are`);

/** The warnings of others, and those about the results that are true of these figures now; pure. */
export function publicationWarnings(before: Warnings, { known, complete, failed, open, verdicts = {} }: Standing): Warnings {
  const own: readonly (Warning<CodeOf<'published'>> & { readonly isTrue: boolean })[] = [
    {
      code: 'nothing-included',
      detail: known === 1 ? 'the only run known is not included' : `none of the ${known} runs known is included`,
      isTrue: known > 0 && complete + failed + open === 0,
    },
    { code: 'runs-failed', detail: `${failed} failed; due again after 7 days, or at a check that a person asks for`, isTrue: failed > 0 },
    {
      code: 'quality-doubtful',
      detail: `of ${complete} verified: ${Object.entries(verdicts)
        .toSorted(([one, few], [other, many]) => many - few || one.localeCompare(other))
        .map(([word, count]) => `${count} ${word}`)
        .join(', ')}`,
      isTrue: Object.keys(verdicts).length > 0,
    },
    { code: 'runs-open', detail: `${runsAre(open)} open; due at the next check`, isTrue: open > 0 },
  ];
  return restated(
    before,
    'published',
    own.filter(({ isTrue }) => isTrue),
  );
}

type Judged = Pick<Source, 'needsAttention' | 'generatedWarning'>;

/** The public word for a source whose results are published; pure. Attention outranks everything, and a warning always has a name. */
export function runStatusOf({ needsAttention, generatedWarning }: Judged): Source['lastRunStatus'] {
  if (needsAttention) return 'error';
  return isMarked(generatedWarning) ? 'warning' : 'complete';
}

/** The warnings of a source whose attention a person has just cleared: what was wrong, until a publication has looked again; pure. */
export function attentionCleared({ needsAttention, generatedWarning }: Judged): Warnings {
  if (!needsAttention || isMarked(generatedWarning)) return generatedWarning;
  return withWarning(generatedWarning, { code: 'attention-cleared', detail: `${needsAttention.reason} was cleared; a check is asked for` });
}
