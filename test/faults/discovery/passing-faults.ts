import type { Fault } from './asked';

/** A fault that is over when ENA is asked again: in the answer itself, and in the middle of the cycle, in the count after it. */
export interface PassingFault {
  /** In `test/faults.json`. */
  readonly id: string;
  readonly name: string;
  readonly search?: Fault;
  readonly count: Fault;
  /** Counts that are answered well before: one, or two where the fault of the search made the cycle begin anew. */
  readonly after: 1 | 2;
}

const alike = (id: string, name: string, fault: Fault): PassingFault => ({ id, name, search: fault, count: fault, after: 2 });

export const PASSING_FAULTS: readonly PassingFault[] = [
  alike('archive-429', '429 without a word of when', { kind: 'status', status: 429 }),
  alike('archive-429-retry-after', '429 with Retry-After', { kind: 'status', status: 429, retryAfterSeconds: 2 }),
  alike('archive-500', '500', { kind: 'status', status: 500 }),
  alike('archive-502-html', '502 with a page of HTML', { kind: 'status', status: 502, isHtml: true }),
  alike('archive-503-retry-after', '503 with Retry-After', { kind: 'status', status: 503, retryAfterSeconds: 1 }),
  alike('archive-504-html', '504 with a page of HTML', { kind: 'status', status: 504, isHtml: true }),
  alike('archive-reset', 'a connection that is reset', { kind: 'reset' }),
  alike('archive-cut', 'an answer that breaks off', { kind: 'cut' }),
  alike('archive-silence', 'silence, then the end', { kind: 'stall', seconds: 2 }),
  { ...alike('archive-late', 'an answer that comes late', { kind: 'slow', seconds: 2 }), after: 1 },
  // Of a search these are no listing: see bad-answers.ts.
  { id: 'archive-count-empty', name: 'a count of no bytes', count: { kind: 'zero-bytes' }, after: 1 },
  { id: 'archive-count-json', name: 'a count that is JSON with a message', count: { kind: 'json-error', message: 'busy' }, after: 1 },
  { id: 'archive-count-moved-once', name: 'a count that moved once', count: { kind: 'wrong-count', by: 1 }, after: 1 },
];
