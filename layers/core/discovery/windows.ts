import { z } from 'zod';

/** ENA's dates are days. Values that the two halves of a split are told apart by, in the order in which they are tried. */
const DATE_COLUMNS = ['first_public', 'last_updated', 'first_created'] as const;
/** Where a single day is still too large: the commonest values first, so that few splits do most. */
const VALUE_CUTS = [
  ['instrument_platform', 'ILLUMINA'],
  ['library_layout', 'PAIRED'],
  ['library_strategy', 'AMPLICON'],
  ['library_strategy', 'WGS'],
  ['library_strategy', 'RNA-Seq'],
  ['instrument_platform', 'OXFORD_NANOPORE'],
  ['library_source', 'GENOMIC'],
] as const;

/** Days, both included. */
const Span = z.object({ column: z.enum(DATE_COLUMNS), from: z.iso.date(), to: z.iso.date() });
export type Span = z.infer<typeof Span>;
/** A part of a source's runs: all conditions together. Two windows of one split never share a row, and no row is in neither. */
export const Window = z.object({
  spans: z.array(Span),
  /** Rows that lie in none of these: without a date, or with one before or after. */
  outside: z.array(Span),
  cuts: z.array(z.object({ column: z.string(), value: z.string(), has: z.boolean() })),
});
export type Window = z.infer<typeof Window>;

/** Everything that the source holds. */
export const WHOLE: Window = { spans: [], outside: [], cuts: [] };
/** Earlier than any archive of reads; what claims to be older lies outside, and is listed all the same. */
const FIRST_DAY = '2000-01-01';
const DAY_MILLISECONDS = 86_400_000;

/** The source's query narrowed to a window. ENA knows no BETWEEN. */
export function windowQuery(query: string, { spans, outside, cuts }: Window): string {
  const within = ({ column, from, to }: Span): string => `${column}>=${from} AND ${column}<=${to}`;
  const parts = [
    ...spans.map(within),
    ...outside.map((span) => `NOT (${within(span)})`),
    ...cuts.map(({ column, value, has }) => (has ? `${column}="${value}"` : `NOT (${column}="${value}")`)),
  ];
  return [query, ...parts].join(' AND ');
}

/** For people: `first_public 2020-01-01 to 2020-12-31`. */
export function windowName({ spans, outside, cuts }: Window): string {
  const days = ({ column, from, to }: Span): string => `${column} ${from} to ${to}`;
  const parts = [
    ...spans.map(days),
    ...outside.map((span) => `outside ${days(span)}`),
    ...cuts.map(({ column, value, has }) => `${column} ${has ? 'is' : 'is not'} ${value}`),
  ];
  return parts.length === 0 ? 'everything' : parts.join(', ');
}

/**
 * Two windows that together are exactly this one: by halves of a range of days, a column of dates after the other down to the day, then by
 * values. Pure. @returns undefined when nothing is left to split by
 */
export function splitWindow(window: Window, today: string): readonly [Window, Window] | undefined {
  for (const column of DATE_COLUMNS) {
    const span = window.spans.find((one) => one.column === column);
    if (span !== undefined && span.from < span.to) return halves(window, span);
    if (span === undefined && !window.outside.some((one) => one.column === column)) {
      const whole = { column, from: FIRST_DAY, to: today };
      return [
        { ...window, spans: [...window.spans, whole] },
        { ...window, outside: [...window.outside, whole] },
      ];
    }
  }
  const cut = VALUE_CUTS.find(([column, value]) => !window.cuts.some((one) => one.column === column && (one.value === value || one.has)));
  if (cut === undefined) return undefined;
  const [column, value] = cut;
  const half = (has: boolean): Window => ({ ...window, cuts: [...window.cuts, { column, value, has }] });
  return [half(true), half(false)];
}

function halves(window: Window, span: Span): readonly [Window, Window] {
  const [first, last] = [dayNumber(span.from), dayNumber(span.to)];
  const middle = Math.floor((first + last) / 2);
  const half = (from: number, to: number): Window => ({
    ...window,
    spans: window.spans.map((one) => (one === span ? { ...span, from: dayOf(from), to: dayOf(to) } : one)),
  });
  return [half(first, middle), half(middle + 1, last)];
}

/** One window out of two that meet in their days of publication and differ in nothing else; undefined where they do not. */
export function joined(one: Window, next: Window): Window | undefined {
  const [span, other] = [one.spans[0], next.spans[0]];
  const isPlain = ({ spans, outside, cuts }: Window): boolean => spans.length === 1 && outside.length + cuts.length === 0;
  if (!isPlain(one) || !isPlain(next) || span === undefined || other === undefined || span.column !== other.column) return undefined;
  return dayNumber(span.to) + 1 === dayNumber(other.from) ? { ...one, spans: [{ ...span, to: other.to }] } : undefined;
}

const dayNumber = (day: string): number => Date.parse(day) / DAY_MILLISECONDS;
const dayOf = (number: number): string => new Date(number * DAY_MILLISECONDS).toISOString().slice(0, 10);
