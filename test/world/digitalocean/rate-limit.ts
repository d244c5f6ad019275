import type { Settings } from './control-schema';

const HOUR = 3_600_000;
const MINUTE = 60_000;

export interface Counted {
  /** On every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Which limit this request is above; the hourly one is told without `retry-after`. */
  readonly above: 'hour' | 'minute' | null;
  readonly retryAfterSeconds: number;
}

/** Counts requests as DigitalOcean does: each one for an hour from when it was made, and no more than so many a minute. */
export class RateLimit {
  private made: number[] = [];

  count({ requestsPerHour, requestsPerMinute }: Settings, now: number): Counted {
    this.made = this.made.filter((at) => at > now - HOUR);
    const lastMinute = this.made.filter((at) => at > now - MINUTE);
    const above = this.made.length >= requestsPerHour ? 'hour' : lastMinute.length >= requestsPerMinute ? 'minute' : null;
    if (above === null) this.made.push(now);
    const headers = {
      'ratelimit-limit': String(requestsPerHour),
      'ratelimit-remaining': String(Math.max(0, requestsPerHour - this.made.length)),
      'ratelimit-reset': String(Math.ceil(((this.made[0] ?? now) + HOUR) / 1000)),
    };
    return { headers, above, retryAfterSeconds: Math.max(1, Math.ceil(((lastMinute[0] ?? now) + MINUTE - now) / 1000)) };
  }

  clear(): void {
    this.made = [];
  }
}
