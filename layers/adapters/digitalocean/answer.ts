/** What the API says no with. Each was seen at the real one; `rejected` is the rest. */
export type Refusal =
  | 'unreachable'
  | 'token-unreadable'
  | 'token-refused'
  | 'not-found'
  | 'rate-limited'
  | 'droplet-limit'
  | 'size-unavailable'
  | 'region-unavailable'
  | 'pending-event'
  | 'rejected';
export interface Failed {
  readonly outcome: 'failed';
  readonly reason: Refusal;
  readonly detail: string;
  /** Of HTTP; absent when nothing was sent. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
}
/** How a call ended. *unknown*: it was sent, and whatever it asked may have happened. */
export type Answer<T> = { readonly outcome: 'done'; readonly value: T } | Failed | { readonly outcome: 'unknown'; readonly detail: string };

const UNPROCESSABLE: readonly (readonly [RegExp, Refusal])[] = [
  [/exceed your droplet limit/i, 'droplet-limit'],
  [/region is not available/i, 'region-unavailable'],
  [/size is not available|size is too large/i, 'size-unavailable'],
  [/pending event/i, 'pending-event'],
];
const REFUSED: Readonly<Record<number, Refusal>> = { 401: 'token-refused', 403: 'token-refused', 404: 'not-found', 429: 'rate-limited' };

/** The refusal behind a status of 4xx; undefined for what says nothing about whether the call was carried out. */
export function refusalOf(status: number, body: unknown, retryAfterSeconds: number | undefined): Failed | undefined {
  // 408: the API waited for the rest of the call, or says so.
  if (status < 400 || status >= 500 || status === 408) return undefined;
  const { id, words } = saidIn(body);
  // A wrong address answers 404 too, and must not make a droplet absent.
  if (status === 404 && id !== 'not_found') return undefined;
  const told = status === 422 ? UNPROCESSABLE.find(([pattern]) => pattern.test(words))?.[1] : REFUSED[status];
  return {
    outcome: 'failed',
    reason: told ?? 'rejected',
    detail: `HTTP ${status} ${words}`.trim(),
    status,
    ...(told === 'rate-limited' && retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

/** Most refusals carry `id` and `message`; those of tags carry `error`. */
function saidIn(body: unknown): { readonly id: unknown; readonly words: string } {
  const { id, message, error } = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  const words = [message, error].find((text): text is string => typeof text === 'string');
  return { id, words: (words ?? '').replace(/\s+/g, ' ').slice(0, 300) };
}
