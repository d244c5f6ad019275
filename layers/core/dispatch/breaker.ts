/**
 * A breaker for each place at a provider (image, region and size): after several workers in a row that were refused or never started there, none is made
 * there for a while; then one is tried, and what becomes of it decides. All pure; whoever stores it does so under its version.
 */
import type { Breaker } from '../records';

export interface BreakerRules {
  /** So many failures within the window open it. */
  readonly failures: number;
  readonly windowSeconds: number;
  readonly openSeconds: number;
  /** So long the one that is tried keeps others away, should nothing more be heard of it. */
  readonly trialSeconds: number;
}
export const BREAKER_RULES: BreakerRules = { failures: 3, windowSeconds: 3_600, openSeconds: 1_800, trialSeconds: 7_200 };

/** *half-open*: one may be tried. *trying*: one is. */
export type BreakerState = 'closed' | 'open' | 'half-open' | 'trying';
export interface BootFailure {
  readonly workerId: string;
  readonly at: string;
  /** One kebab-case word. */
  readonly cause: string;
}

const after = (now: Date, seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();

export function breakerState({ openUntil, trial }: Breaker, now: Date): BreakerState {
  if (openUntil === undefined) return 'closed';
  if (now.toISOString() < openUntil) return 'open';
  return trial !== undefined && now.toISOString() < trial.until ? 'trying' : 'half-open';
}

const withoutTrial = ({ provider, place, failures, openUntil, version }: Breaker): Breaker => ({
  ...{ provider, place, failures, version },
  ...(openUntil !== undefined && { openUntil }),
});
const fresh = (provider: string, place: string): Breaker => ({ provider, place, failures: [], version: 0 });

/** With one more failure. Undefined where that worker is counted already. A failed trial opens it anew; one that is open stays so until its time. */
export function afterFailure(
  { provider, place }: Pick<Breaker, 'provider' | 'place'>,
  standing: Breaker | undefined,
  failure: BootFailure,
  now: Date,
  rules: BreakerRules = BREAKER_RULES,
): Breaker | undefined {
  const before = standing ?? fresh(provider, place);
  if (before.failures.some(({ workerId }) => workerId === failure.workerId)) return undefined;
  const since = after(now, -rules.windowSeconds);
  const failures = [...before.failures.filter(({ at }) => at >= since), failure].slice(-rules.failures);
  const next = { ...before, failures, version: before.version + 1 };
  const state = breakerState(before, now);
  const isTrial = before.trial?.workerId === failure.workerId;
  const opens = isTrial || (state === 'closed' && failures.length >= rules.failures);
  if (!opens) return next;
  return { ...withoutTrial(next), openUntil: after(now, rules.openSeconds) };
}

/** A worker started there: closed, whatever was. Undefined where there is nothing to forget. */
export function afterStart(before: Breaker | undefined): Breaker | undefined {
  if (before === undefined || (before.failures.length === 0 && before.openUntil === undefined)) return undefined;
  const { provider, place, version } = before;
  return { provider, place, failures: [], version: version + 1 };
}

/** This worker is the one to be tried. Undefined where none may be. Its failure counts anew, should it have failed there before. */
export function takeTrial(before: Breaker, workerId: string, now: Date, rules: BreakerRules = BREAKER_RULES): Breaker | undefined {
  if (before.trial?.workerId === workerId && breakerState(before, now) === 'trying') return before;
  if (breakerState(before, now) !== 'half-open') return undefined;
  const failures = before.failures.filter((failure) => failure.workerId !== workerId);
  return { ...before, failures, trial: { workerId, until: after(now, rules.trialSeconds) }, version: before.version + 1 };
}

/** It was made elsewhere, or not at all: another may be tried. Undefined where the trial is not its own. */
export function giveTrialBack(before: Breaker, workerId: string): Breaker | undefined {
  if (before.trial?.workerId !== workerId) return undefined;
  return { ...withoutTrial(before), version: before.version + 1 };
}
