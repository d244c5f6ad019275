import { isBootFailure } from '../attempts/causes';
import { afterFailure, afterStart, breakerState, giveTrialBack, takeTrial } from '../dispatch/breaker';
import type { Job, Worker } from '../entities';
import type { Breaker } from '../records';
import type { Deps } from './deps';

type BreakerDeps = Pick<Deps, 'stores' | 'now'>;

/** Others may write in between; each try reads again. What is not counted then does no harm. */
const TRIES = 5;

async function change(
  { stores }: BreakerDeps,
  provider: string,
  place: string,
  next: (before: Breaker | undefined) => Breaker | undefined,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const wanted = next(await stores.breakers.get(provider, place));
    if (wanted === undefined || (await stores.breakers.put(wanted)) === 'written') return;
  }
}

export interface Closed {
  /** Where none is made now. */
  readonly places: readonly string[];
  /** Where this worker is the one that is tried. */
  readonly trials: readonly string[];
}

/**
 * Where a worker must not be made, and where it may be tried: of a place that has rested long enough one worker takes the trial, by a conditional write; the
 * others stay away. Safe to repeat: a trial that is its own is taken once more.
 */
export async function closedPlaces(deps: BreakerDeps, { provider, workerId }: Pick<Worker, 'provider' | 'workerId'>): Promise<Closed> {
  const [places, trials]: [string[], string[]] = [[], []];
  for (const breaker of (await deps.stores.breakers.list()).filter((one) => one.provider === provider)) {
    if (breakerState(breaker, deps.now()) === 'closed') continue;
    const taken = takeTrial(breaker, workerId, deps.now());
    const isMine = taken !== undefined && (taken === breaker || (await deps.stores.breakers.put(taken)) === 'written');
    (isMine ? trials : places).push(breaker.place);
  }
  return { places, trials };
}

/** After the answer to a create: refusals are counted against their places, trials that were not used are given back. Safe to repeat. */
export async function noteCreate(
  deps: BreakerDeps,
  { provider, workerId }: Pick<Worker, 'provider' | 'workerId'>,
  trials: readonly string[],
  answer: { readonly place?: string; readonly refused?: readonly { readonly place: string; readonly cause: string }[] },
): Promise<void> {
  const refused = new Map((answer.refused ?? []).map(({ place, cause }) => [place, cause]));
  for (const [place, cause] of refused) await countFailure(deps, provider, place, workerId, cause);
  for (const place of trials.filter((one) => one !== answer.place && !refused.has(one)))
    await change(deps, provider, place, (before) => before && giveTrialBack(before, workerId));
}

const countFailure = (deps: BreakerDeps, provider: string, place: string, workerId: string, cause: string): Promise<void> =>
  change(deps, provider, place, (before) =>
    afterFailure({ provider, place }, before, { workerId, at: deps.now().toISOString(), cause }, deps.now()),
  );

/** A worker started: its place is good. Safe to repeat. */
export async function noteStart(deps: BreakerDeps, { provider, place }: Pick<Worker, 'provider' | 'place'>): Promise<void> {
  if (place !== undefined) await change(deps, provider, place, afterStart);
}

/** An attempt is over: one whose worker was made and never started counts against its place, unless its cause lies elsewhere. Safe to repeat: each worker counts once. */
export async function noteNeverStarted(
  deps: BreakerDeps,
  { provider, place, workerId }: Pick<Worker, 'provider' | 'place' | 'workerId'>,
  job: Pick<Job, 'startedAt' | 'cause'> | undefined,
): Promise<void> {
  if (place === undefined || job?.cause === undefined || job.startedAt !== undefined || !isBootFailure(job.cause)) return;
  await countFailure(deps, provider, place, workerId, job.cause);
}
