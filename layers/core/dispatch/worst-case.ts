/** What a worker may cost at most, which is what counts towards limits and is reserved for it (I10). */
import type { Stage } from '../wire';
import { LOOK_LIMITS } from '../use-cases/decide-probe';

export { diskGbFor } from '../planning/worker-disk';

/** US dollars; both are 0 at a provider that costs nothing. */
export interface Rate {
  readonly dollarsPerHour: number;
  readonly egressDollarsPerGib: number;
}
/** What a worker must have; `diskGb` for its files. */
export type RateNeed = Stage['resources'] & { readonly diskGb: number };
/** Of one worker at a provider, by its name: the dearest that it may get. */
export type PriceList = (provider: string, need: RateNeed) => Rate;

/** Time that a job may take beyond its own limit until it is ended from outside: signals are coarse, and it reports. */
export const MARGIN_SECONDS = 900;
/** From its deadline until it is surely gone: its last sweep, and a provider that is slow to destroy. */
const DESTROY_MARGIN_SECONDS = 3_600;

/** Seconds from its request to its deadline: as long as its start is waited for, then its work. */
export const lifeSeconds = (startSeconds: number, { timeMinutes }: Stage['resources']): number =>
  startSeconds * (1 + LOOK_LIMITS.started) + timeMinutes * 60 + MARGIN_SECONDS;

/**
 * US dollars that a worker costs at most: hours begun until it is surely gone, and all its bytes on their way out; an allowance of traffic is not
 * counted on. Pure.
 * @param seconds from its request to its deadline
 */
export function worstDollars({ seconds, bytes }: { readonly seconds: number; readonly bytes: number }, rate: Rate): number {
  const hours = Math.ceil((seconds + DESTROY_MARGIN_SECONDS) / 3600);
  const dollars = hours * rate.dollarsPerHour + (bytes / 1024 ** 3) * rate.egressDollarsPerGib;
  return Math.ceil(dollars * 10_000) / 10_000;
}
