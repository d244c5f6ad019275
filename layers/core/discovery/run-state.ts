import type { Claim, Outcome } from '../records';
import { slug } from '../ids';
import type { RunRecord, RunState } from './documents';
import type { JudgedRun } from './judge-run';

/** A run that failed is left alone for this long, unless a person asks: most causes at ENA mend within days. */
export const FAILED_REST_SECONDS = 7 * 24 * 3600;

export interface StateContext {
  readonly sourceId: string;
  readonly now: Date;
  /** A person asked for this cycle: failed runs are due at once. */
  readonly isManual: boolean;
}

/** A batch id begins with the slug of its source: who holds the claim tells for whom the run is fetched. */
export const claimedState = (sourceId: string, { holder }: Pick<Claim, 'holder'>): 'claimed' | 'linked' =>
  holder.startsWith(`${slug(sourceId)}.`) ? 'claimed' : 'linked';

/** True when the outcome of this run was folded into the last cycle's record and cannot have changed: nothing has to be looked up. */
export const isSettled = (judged: JudgedRun, previous: RunRecord | undefined): boolean =>
  judged.verdict === 'excluded' || (previous?.state === 'complete' && previous.fetchKey === judged.fetchKey);

/** Where a run stands; pure. `outcome` and `claim` are those of its fetchKey, and need not be given for a settled run. */
export function runState(
  judged: JudgedRun,
  known: { readonly previous?: RunRecord | undefined; readonly outcome?: Outcome | undefined; readonly claim?: Claim | undefined },
  { sourceId, now, isManual }: StateContext,
): RunState {
  if (judged.verdict === 'excluded') return judged.change === 'withdrawn' ? 'withdrawn' : 'excluded';
  if (known.outcome?.result === 'complete' || isSettled(judged, known.previous)) return 'complete';
  if (known.claim !== undefined) return claimedState(sourceId, known.claim);
  if (judged.change === 'withdrawn' || judged.change === 'missing') return judged.change;
  if (judged.change === 'unmatched') return 'excluded';
  if (known.outcome === undefined || isManual) return 'due';
  const restsUntil = Date.parse(known.outcome.at) + FAILED_REST_SECONDS * 1000;
  return now.getTime() < restsUntil ? 'failed' : 'due';
}
