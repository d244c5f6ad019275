import { causeKind } from '../attempts/causes';
import type { Attempt, Batch, Worker } from '../entities';

const MINUTE_MS = 60_000;
/** New workers at one provider in a minute: each costs it several calls, and what ends machines needs some of them too. */
const MOST_A_MINUTE = 20;
/** After so many attempts in a minute that were put off, the provider is left alone: the next would meet the same outage. */
const MOST_PUT_OFF = 3;

/**
 * How many workers may be asked of each provider now, by what the last minute saw: those that were made and live, and attempts that were put off because
 * the provider was away, full or unwilling. Pure.
 */
export function roomAt(
  alive: readonly Pick<Worker, 'provider' | 'requestedAt'>[],
  planned: readonly Pick<Batch, 'attempts'>[],
  now: Date,
): (provider: string) => number {
  const isRecent = (time: string): boolean => now.getTime() - Date.parse(time) < MINUTE_MS;
  const putOff = planned
    .map(({ attempts }) => attempts.at(-1))
    .filter((last): last is Attempt => last !== undefined && isRecent(last.endedAt) && causeKind(last.cause).next === 'wait');
  return (name) => {
    const away = putOff.filter(({ provider }) => provider === name).length;
    const made = alive.filter(({ provider, requestedAt }) => provider === name && isRecent(requestedAt)).length;
    return away >= MOST_PUT_OFF ? 0 : Math.max(0, MOST_A_MINUTE - made - away);
  };
}
