/** What a source warns of. Each code is a contract: it stands in exports, in the history, and as a heading of the runbook. */
import type { Source } from './entities';

/** What looks at a source's warnings: each event says anew which of its own codes are true, and takes the others of them away. */
export const WARNING_EVENTS = {
  'cycle-ended': 'the next cycle that ends well',
  listed: 'the next listing that counts and is without it',
  'plan-stored': 'the next listing that is compared and planned',
  published: 'the next publication',
  beat: 'the next heartbeat that finds it over',
} as const;
export type WarningEvent = keyof typeof WARNING_EVENTS;

export interface WarningKind<E extends WarningEvent = WarningEvent> {
  readonly code: string;
  /** The cause in one line; the detail of a warning has the figures. */
  readonly text: string;
  readonly clearedBy: E;
  /** A source that is published with it is a *warning*; without, it is worth knowing and no more. */
  readonly marks: boolean;
  /** Heading in docs/runbook.md. */
  readonly heading: string;
}

const kind =
  (marks: boolean) =>
  <E extends WarningEvent>(code: string, clearedBy: E, text: string): WarningKind<E> => ({
    ...{ code, text, clearedBy, marks },
    heading: `Warning: ${code}`,
  });
const warning = kind(true);
const notice = kind(false);

export const WARNINGS = {
  'listing-rejected': warning(
    'listing-rejected',
    'cycle-ended',
    'ENA answered with what is no whole listing (cut short, another count, no table, …); what is known stays.',
  ),
  'archive-unavailable': warning(
    'archive-unavailable',
    'cycle-ended',
    'ENA could not be reached, was overloaded or broke off, several times.',
  ),
  'source-unknown': warning('source-unknown', 'cycle-ended', 'ENA shows no runs of the source and does not know it.'),
  'cycle-failed': warning('cycle-failed', 'cycle-ended', 'The cycle ended for a cause of its own, before its plan was stored.'),
  'columns-absent': warning('columns-absent', 'listed', 'ENA does not have columns any more that Trawl asks for and can do without.'),
  'values-invalid': notice('values-invalid', 'listed', 'Values of the listing are not as its schema says; the rows are used as they are.'),
  'nothing-included': warning('nothing-included', 'published', 'Runs are known and none of them is included.'),
  'runs-failed': warning('runs-failed', 'published', 'Runs failed although their batch went through; the others are home.'),
  'runs-open': warning('runs-open', 'published', 'Included runs are neither home nor failed: cancelled, or given up.'),
  'quality-doubtful': warning(
    'quality-doubtful',
    'published',
    'A stage of the workflow has doubts about runs that are verified at home; they stay.',
  ),
  'attention-cleared': warning('attention-cleared', 'published', 'A person cleared the attention, and nothing was published since.'),
  'excluded-share': notice('excluded-share', 'plan-stored', 'More than half of the listed runs are left out.'),
  'files-missing': notice(
    'files-missing',
    'plan-stored',
    'ENA gives no links, checksums or sizes for some runs, so they cannot be fetched and checked.',
  ),
  'layout-inferred': notice(
    'layout-inferred',
    'plan-stored',
    'The files of some runs do not go with the layout that ENA says; the files decided.',
  ),
  'files-not-shown': notice(
    'files-not-shown',
    'plan-stored',
    'ENA shows no files any more of runs that are home or on their way; they stay.',
  ),
  'retry-needed': notice('retry-needed', 'plan-stored', 'An attempt failed and its batch was tried again.'),
  'sweep-recovered': notice('sweep-recovered', 'plan-stored', 'Results came home after sweeps of them had failed.'),
  'worker-silent': notice(
    'worker-silent',
    'plan-stored',
    'A worker says nothing and cannot be reached, while its provider says that it runs.',
  ),
  'home-full': notice('home-full', 'beat', 'Planned batches do not fit into the space that is free at home.'),
  'home-unknown': notice('home-unknown', 'beat', 'The head node does not say how much space is free at home, so nothing is dispatched.'),
  'long-pending': notice('long-pending', 'beat', 'A batch has waited for long for a place or for the start of its job.'),
} as const satisfies Readonly<Record<string, WarningKind>>;

export type WarningCode = keyof typeof WARNINGS;
/** The codes that an event looks after. */
export type CodeOf<E extends WarningEvent> = {
  [C in WarningCode]: (typeof WARNINGS)[C]['clearedBy'] extends E ? C : never;
}[WarningCode];
export interface Warning<C extends WarningCode = WarningCode> {
  readonly code: C;
  readonly detail: string;
}
export type Warnings = Source['generatedWarning'];

const KINDS: Readonly<Record<string, WarningKind>> = WARNINGS;
/** What stands in the table about a code; undefined for one of another version. */
export const warningKind = (code: string): WarningKind | undefined => (Object.hasOwn(KINDS, code) ? KINDS[code] : undefined);
const DETAIL_LENGTH = 500;

/** The warnings after an event: those that other events look after, then what is true by this one. Pure; the same event twice changes nothing more. */
export function restated<E extends WarningEvent>(before: Warnings, event: E, nowTrue: readonly Warning<CodeOf<E>>[]): Warnings {
  return [
    ...before.filter(({ code }) => warningKind(code)?.clearedBy !== event),
    ...nowTrue.map(({ code, detail }) => ({ code, detail: detail.slice(0, DETAIL_LENGTH) })),
  ];
}

/** The warnings with one more; one that is there already stays as it is. Pure. */
export const withWarning = (before: Warnings, { code, detail }: Warning): Warnings =>
  before.some((one) => one.code === code) ? before : [...before, { code, detail: detail.slice(0, DETAIL_LENGTH) }];

/** One of them makes the source a *warning*. A code that is not known counts: it came from somebody who meant it. */
export const isMarked = (warnings: Warnings): boolean => warnings.some(({ code }) => warningKind(code)?.marks !== false);
