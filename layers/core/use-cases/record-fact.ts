import type { Wait } from '../records';
import type { Clock, Machines } from '../ports/outside';
import type { WaitStore } from '../ports/stores';

export interface WaitDeps {
  readonly stores: { readonly waits: WaitStore };
  readonly machines: Machines;
  readonly now: Clock;
}

/** What `<job>/started`, `<job>/ended` and `<worker>/swept` can hold. A fact is the whole output that the waiting state sees. */
export type StartedFact = { readonly outcome: 'started' } | { readonly outcome: 'never-started'; readonly cause: string };
export interface EndedFact {
  readonly outcome: 'ended';
  readonly result: 'finished' | 'failed' | 'lost' | 'cancelled';
  readonly cause?: string;
}
export interface UnchangedFact {
  readonly outcome: 'unchanged';
}
export type SweptFact = { readonly outcome: 'swept' } | { readonly outcome: 'held'; readonly cause: string };
export type Fact = StartedFact | EndedFact | UnchangedFact | SweptFact;

/** *waiting*: the other half is not here yet. *expired*: the execution that stored the token waits no longer. */
export type WaitResult = 'waiting' | 'answered' | 'expired';

/**
 * Records a fact and answers the execution that waits for it, if one does already. The first fact stays: a later, different one is
 * dropped, and what is answered is the first. Running twice answers at most once more, which the machine refuses as *expired*.
 */
export async function recordFact(deps: WaitDeps, waitId: string, fact: Fact): Promise<WaitResult> {
  const wait = await deps.stores.waits.settle(waitId, { ...fact });
  return wait.answeredAt !== undefined ? 'answered' : answerIfBoth(deps, wait);
}

/**
 * Enters a wait with a fresh token and answers at once where the fact stands already (contract 6). Storing and looking are one write, so
 * whichever of the two halves comes second sees both. A newer token replaces an older one, whose execution has timed out.
 */
export async function enterWait(deps: WaitDeps, waitId: string, token: string): Promise<WaitResult> {
  return answerIfBoth(deps, await deps.stores.waits.arrive(waitId, token));
}

async function answerIfBoth(deps: WaitDeps, wait: Wait): Promise<WaitResult> {
  if (wait.token === undefined || wait.fact === undefined) return 'waiting';
  const answered = await deps.machines.answer(wait.token, wait.fact);
  await deps.stores.waits.markAnswered(wait.waitId, deps.now().toISOString());
  return answered;
}
