import type { Rejection } from '../../../layers/core/discovery/acceptance';
import type { Fault, When } from './asked';

/** Runs of the study that a bad answer is about. */
export const RUNS = 24;
/** How many of them a large drop takes. */
const DROPPED = 12;

/** An answer of ENA that is no listing of a source that it has: what comes where, and what must be said of it. */
export interface BadAnswer {
  /** In `test/faults.json`. */
  readonly id: string;
  readonly name: string;
  readonly counts?: readonly (When & { readonly fault: Fault })[];
  readonly search?: Fault;
  readonly code: Rejection | readonly Rejection[];
  readonly says: RegExp;
  /** There is no answer that could be kept: ENA refused the question. */
  readonly isRefused?: true;
}

/** The same of the count before and of that after. */
const both = (fault: Fault): readonly (When & { readonly fault: Fault })[] => [{ fault, times: 2 }];
const counted = (by: number): ReturnType<typeof both> => both({ kind: 'wrong-count', by });

/**
 * The faults of a search and of its counts that come with HTTP 200, 204 or 400. Two by two: both are played on one source, one after the
 * other, so that a source is never asked to a person.
 */
export const BAD_ANSWERS: readonly (readonly [BadAnswer, BadAnswer])[] = [
  [
    {
      id: 'archive-zero-bytes',
      name: '200 without a byte',
      search: { kind: 'zero-bytes' },
      code: 'no-answer',
      says: /no bytes where 24 runs/,
    },
    {
      id: 'archive-header-only',
      name: '200 with a header alone',
      search: { kind: 'header-only' },
      code: 'row-count',
      says: /0 rows where 24 runs were counted/,
    },
  ],
  [
    {
      id: 'archive-204',
      name: '204 for runs that are there',
      search: { kind: 'no-content' },
      code: 'no-answer',
      says: /no bytes where 24 runs/,
    },
    {
      id: 'archive-truncated',
      name: 'half of the answer, ended as if whole',
      search: { kind: 'truncated' },
      // Where the half happens to end with a line, its rows are too few.
      code: ['cut-short', 'row-count'],
      says: /does not end, after \d+|rows where/,
    },
  ],
  [
    {
      id: 'archive-row-lost',
      name: 'one row lost',
      search: { kind: 'lost-rows', rows: 1 },
      code: 'row-count',
      says: /23 rows where 24 runs were counted/,
    },
    {
      id: 'archive-row-doubled',
      name: 'one row twice in the place of another',
      search: { kind: 'doubled-row' },
      code: 'duplicate-runs',
      says: /24 rows, .* 23 distinct run accessions/,
    },
  ],
  [
    {
      id: 'archive-row-broken',
      name: 'a row with a value too many',
      search: { kind: 'broken-row' },
      code: 'row-shape',
      says: /line \d+ does not have \d+ values/,
    },
    {
      id: 'archive-column-missing',
      name: 'a column that is not there',
      search: { kind: 'missing-column', column: 'fastq_md5' },
      code: 'header-mismatch',
      says: /missing: fastq_md5/,
    },
  ],
  [
    {
      id: 'archive-column-renamed',
      name: 'a column by another name',
      search: { kind: 'renamed-column', column: 'fastq_ftp', as: 'fastq_https' },
      code: 'header-mismatch',
      says: /missing: fastq_ftp; not asked for: fastq_https/,
    },
    {
      id: 'archive-json-message',
      name: 'JSON with a message',
      search: { kind: 'json-error', message: 'busy' },
      code: 'not-a-table',
      says: /json.*busy/,
    },
  ],
  [
    {
      id: 'archive-400-text',
      name: '400 with a line of text',
      search: { kind: 'status', status: 400 },
      code: 'refused',
      says: /HTTP 400 Error 400/,
      isRefused: true,
    },
    {
      id: 'archive-400-json',
      name: '400 with JSON',
      search: { kind: 'json-error', message: 'bad query', status: 400 },
      code: 'refused',
      says: /HTTP 400 bad query/,
      isRefused: true,
    },
  ],
  [
    {
      id: 'archive-count-more',
      name: 'more counted than sent',
      counts: counted(3),
      code: 'row-count',
      says: /24 rows where 27 runs were counted/,
    },
    {
      id: 'archive-counts-moved',
      name: 'other counts after than before, twice',
      // Before, after, before, after: the first and the third.
      counts: [
        { fault: { kind: 'wrong-count', by: 1 }, times: 1 },
        { fault: { kind: 'wrong-count', by: 2 }, times: 1, after: 1 },
      ],
      code: 'count-moved',
      says: /runs counted before, \d+ after/,
    },
  ],
  [
    {
      id: 'archive-zero-by-every-number',
      name: 'no runs by every number',
      counts: counted(-RUNS),
      search: { kind: 'header-only' },
      code: 'suspicious-zero',
      says: /no runs where the last listing had 24/,
    },
    {
      id: 'archive-204-to-all',
      name: '204 to all questions',
      counts: both({ kind: 'no-content' }),
      search: { kind: 'no-content' },
      code: 'suspicious-zero',
      says: /no runs where the last listing had 24/,
    },
  ],
  [
    {
      id: 'archive-half-gone',
      name: 'half of the runs gone by every number',
      counts: counted(-DROPPED),
      search: { kind: 'lost-rows', rows: DROPPED },
      code: 'large-drop',
      says: /12 runs where the last listing had 24/,
    },
    {
      id: 'archive-files-blank',
      name: 'file columns blank',
      search: { kind: 'blank-files' },
      code: 'blank-files',
      says: /0 runs with files where the last/,
    },
  ],
];
