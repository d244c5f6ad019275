/** What the API last said about how many calls are left; `resetSeconds` is an epoch. */
export interface RateLimits {
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}
export interface RateKeeper {
  readonly note: (headers: Pick<Headers, 'get'>, status: number) => void;
  /** Seconds that a call should wait; undefined: it may go. A *spared* call is one that others are held back for. */
  readonly holdsSeconds: (spared: boolean) => number | undefined;
  readonly seen: () => RateLimits | undefined;
}

/** So many calls are left for looking at single droplets and for destroying them, which is what ends their cost. */
const RESERVE = { calls: 200, share: 0.1 };

export function rateKeeper(nowMs: () => number): RateKeeper {
  let seen: RateLimits | undefined;
  let burstUntilMs = 0;
  const secondsUntil = (ms: number): number | undefined => (ms > nowMs() ? Math.ceil((ms - nowMs()) / 1000) : undefined);
  return {
    note: (headers, status) => {
      seen = limitsOf(headers) ?? seen;
      const retryAfter = numberOf(headers.get('retry-after'));
      if (status === 429 && retryAfter !== undefined) burstUntilMs = nowMs() + retryAfter * 1000;
    },
    holdsSeconds: (spared) =>
      spared ? undefined : secondsUntil(Math.max(burstUntilMs, seen !== undefined && isScarce(seen) ? seen.resetSeconds * 1000 : 0)),
    seen: () => seen,
  };
}

const isScarce = ({ limit, remaining }: RateLimits): boolean => remaining < Math.min(RESERVE.calls, limit * RESERVE.share);

function limitsOf(headers: Pick<Headers, 'get'>): RateLimits | undefined {
  const [limit, remaining, resetSeconds] = ['limit', 'remaining', 'reset'].map((name) => numberOf(headers.get(`ratelimit-${name}`)));
  return limit === undefined || remaining === undefined || resetSeconds === undefined ? undefined : { limit, remaining, resetSeconds };
}

const numberOf = (header: string | null): number | undefined => (header !== null && /^\d+$/.test(header) ? Number(header) : undefined);
