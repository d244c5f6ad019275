import type { Source } from '../entities';

export type Warnings = Source['generatedWarning'];

/** Warnings about the results of a source, given and taken away by whatever publishes them; an end of a cycle leaves them alone. */
export const PUBLICATION_WARNINGS = ['nothing-included', 'runs-failed', 'runs-open', 'attention-cleared'] as const;
export type PublicationWarning = (typeof PUBLICATION_WARNINGS)[number];

export interface Standing {
  /** Every run known, excluded and withdrawn ones too. */
  readonly known: number;
  readonly complete: number;
  readonly failed: number;
  /** Included, and neither complete nor failed: cancelled, or given up by whoever had it. */
  readonly open: number;
}

const isOwn = (code: string): boolean => PUBLICATION_WARNINGS.some((own) => own === code);
const runsAre = (count: number): string => (count === 1 ? '1 run is' : `${count} runs are`);

/** The warnings of others, and those that are true of these figures now; pure. */
export function publicationWarnings(before: Warnings, { known, complete, failed, open }: Standing): Warnings {
  const own: { readonly code: PublicationWarning; readonly detail: string; readonly isTrue: boolean }[] = [
    {
      code: 'nothing-included',
      detail: known === 1 ? 'the only run known is not included' : `none of the ${known} runs known is included`,
      isTrue: known > 0 && complete + failed + open === 0,
    },
    { code: 'runs-failed', detail: `${failed} failed; due again after 7 days, or at a check that a person asks for`, isTrue: failed > 0 },
    { code: 'runs-open', detail: `${runsAre(open)} open; due at the next check`, isTrue: open > 0 },
  ];
  return [
    ...before.filter(({ code }) => !isOwn(code)),
    ...own.filter(({ isTrue }) => isTrue).map(({ code, detail }) => ({ code, detail })),
  ];
}

type Judged = Pick<Source, 'needsAttention' | 'generatedWarning'>;

/** The public word for a source whose results are published; pure. Attention outranks everything, and a warning always has a name. */
export function runStatusOf({ needsAttention, generatedWarning }: Judged): Source['lastRunStatus'] {
  if (needsAttention) return 'error';
  return generatedWarning.length > 0 ? 'warning' : 'complete';
}

/** The warnings of a source whose attention a person has just cleared: what was wrong, until a publication has looked again; pure. */
export function attentionCleared({ needsAttention, generatedWarning }: Judged): Warnings {
  if (!needsAttention || generatedWarning.length > 0) return generatedWarning;
  const code: PublicationWarning = 'attention-cleared';
  return [{ code, detail: `${needsAttention.reason} was cleared; a check is asked for` }];
}
