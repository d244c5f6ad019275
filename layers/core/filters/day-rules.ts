import { z } from 'zod';
import { NOT_GIVEN, type FilterColumn, type RuleKind } from './rule-kind';
import { given } from './word-rules';

interface Days {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly notGiven?: (typeof NOT_GIVEN)[number] | undefined;
}
const Day = z.iso.date('is not a day such as 2024-12-31');
const Days: z.ZodType<Days> = z
  .strictObject({
    from: Day.optional().describe('left out before this day'),
    to: Day.optional().describe('left out after this day'),
    notGiven: z.enum(NOT_GIVEN).optional().describe('a run without a date that can be read; exclude when not set'),
  })
  .check(({ value, issues }) => {
    const { from, to } = value;
    if (from === undefined && to === undefined) issues.push({ code: 'custom', input: value, message: 'needs from, to or both' });
    if (from !== undefined && to !== undefined && from > to) {
      issues.push({ code: 'custom', input: value, path: ['to'], message: `contradicts from: ${to} comes before ${from}` });
    }
  });

interface Span {
  readonly first: string;
  readonly last: string;
}
const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T[\d:.]+(?:Z|[+-][\d:]+)?)?$/;
/** Days that databases put where they have none (earlier systems took them for old samples). */
const PLACEHOLDERS = /^(1000|1800)(-01(-01)?)?$/;

/**
 * The days that a date of ENA covers: a year, a month, a day (with or without a time), or `first/last` of these. Undefined where there is
 * no date, or one that cannot be read.
 */
export function spanOf(text: string): Span | undefined {
  const ends = given(text).split('/');
  const [first, last] = [DATE.exec(ends[0] ?? ''), DATE.exec(ends.at(-1) ?? '')];
  if (ends.length > 2 || first === null || last === null || PLACEHOLDERS.test(ends[0] ?? '')) return undefined;
  // The 31st compares as the last day of any month.
  const span = { first: dayOf(first, '01', '01'), last: dayOf(last, '12', '31') };
  return span.first <= span.last ? span : undefined;
}
const dayOf = ([, year, month, day]: RegExpExecArray, otherMonth: string, otherDay: string): string =>
  `${year ?? ''}-${month ?? otherMonth}-${day ?? otherDay}`;

/** Left out only where no day of the span fits: `2020` may well be a day of June 2020. */
const dayRule = (
  column: Extract<FilterColumn, 'first_public' | 'collection_date'>,
  texts: { readonly words: string; readonly description: string; readonly example: Days },
): RuleKind<Days> => ({
  description: texts.description,
  columns: [column],
  parameters: Days,
  example: texts.example,
  judge: ({ from, to, notGiven = 'exclude' }) => {
    const { words } = texts;
    return ({ row }) => {
      const span = spanOf(row[column]);
      if (span === undefined) return notGiven === 'include' ? undefined : `${words} on an unknown day`;
      if (from !== undefined && span.last < from) return `${words} ${row[column]}, before ${from}`;
      return to !== undefined && span.first > to ? `${words} ${row[column]}, after ${to}` : undefined;
    };
  },
});

export const firstPublic = dayRule('first_public', {
  words: 'first public',
  description: 'day on which the run became public',
  example: { from: '2024-01-01' },
});
export const collectionDate = dayRule('collection_date', {
  words: 'collected',
  description: 'day on which the sample was taken; a date known by year or month alone counts where any day of it fits',
  example: { from: '2020-01-01', to: '2022-12-31', notGiven: 'include' },
});

/** One of the two is enough to place a sample; with neither it is of little use to a collection. */
export const placeOrDate: RuleKind<object> = {
  description: 'country or collection date, at least one of them given',
  columns: ['country', 'collection_date'],
  parameters: z.strictObject({}),
  example: {},
  judge:
    () =>
    ({ row }) =>
      given(row.country) === '' && spanOf(row.collection_date) === undefined ? 'neither country nor collection_date is given' : undefined,
};
