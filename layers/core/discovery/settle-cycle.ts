import type { AttentionCode } from '../attention';
import type { Source } from '../entities';
import type { HistoryEvent } from '../records';
import { ContendedError } from '../errors';
import { nextStatus } from '../lifecycle/table';
import type { ListingWarning } from './listing-warnings';
import type { Clock } from '../ports/outside';
import type { Stores } from '../ports/stores';
import { isMarked, restated, type CodeOf } from '../warnings';

/** What became of a cycle, in one shape for all ways in which it can end. */
export type CycleEnd =
  | { readonly outcome: 'good'; readonly detail: string; readonly warnings: readonly ListingWarning[] }
  | {
      readonly outcome: 'bad';
      readonly code: CycleWarning;
      readonly detail: string;
      /** What ENA asked for: not before this long. */
      readonly afterSeconds?: number;
      /** The listing was whole, and a person may confirm it. */
      readonly suspect?: Source['suspectListing'];
    };

/** Warnings that a cycle gives when it ends badly, and the next good one takes away. */
export type CycleWarning = CodeOf<'cycle-ended'>;

/** Rejections in a row after which a person is asked. */
export const REJECTION_LIMIT = 3;
/** A cycle that failed is tried again after this long, or after the source's own interval where that is shorter. */
export const RETRY_CHECK_SECONDS = 900;
const TRIES = 5;

const ATTENTION: AttentionCode = 'listings-rejected';

/**
 * Ends a cycle on its source: nothing of what is known changes when it ended badly (I9). Running it twice is safe: the second time the
 * cycle does not run any more.
 * @returns *stale* when this cycle was ended before, or another one runs
 */
export async function settleCycle(
  deps: { readonly stores: Pick<Stores, 'sources'>; readonly now: Clock },
  sourceId: string,
  cycle: number,
  end: CycleEnd,
  actor = 'settle-cycle',
): Promise<'settled' | 'stale'> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const source = await deps.stores.sources.get(sourceId);
    if (source?.cycle !== cycle || !source.cycleRunning) return 'stale';
    const now = deps.now();
    const { set, remove } = settled(source, end, now);
    const event: HistoryEvent = {
      entityId: sourceId,
      sourceId,
      at: now.toISOString(),
      type: end.outcome === 'good' ? 'cycle-ended' : `cycle-${end.code}`,
      // A cycle that ends well leaves the phase to its plan; there is no change to tell.
      ...(set.phase === undefined ? {} : { from: source.phase, to: set.phase }),
      actor,
      detail: `cycle ${cycle}: ${end.detail}`.slice(0, 1000),
    };
    const written = await deps.stores.sources.change(source, set, event, remove);
    if (written.outcome === 'written') return 'settled';
  }
  throw new ContendedError(sourceId);
}

interface Settled {
  readonly set: Partial<Source>;
  readonly remove: readonly (keyof Source)[];
}

/** The fields that a cycle's end changes; pure. */
export function settled(source: Source, end: CycleEnd, now: Date): Settled {
  const lastCheckedAt = source.cycleStartedAt ?? now.toISOString();
  if (end.outcome === 'good') {
    const nextCheckAt = after(new Date(lastCheckedAt), source.recheckSeconds);
    const generatedWarning = restated(restated(source.generatedWarning, 'cycle-ended', []), 'listed', end.warnings);
    return {
      set: { cycleRunning: false, lastCheckedAt, nextCheckAt, generatedWarning, ...wordAfterGood(source, generatedWarning) },
      remove: ['rejectedListings', 'suspectListing', 'acceptedListing'],
    };
  }
  const isRejected = end.code === 'listing-rejected';
  const rejectedListings = (source.rejectedListings ?? 0) + (isRejected ? 1 : 0);
  const next = nextStatus('source', source.phase, 'cycle-failed', { item: source, now });
  const needsPerson = isRejected && rejectedListings >= REJECTION_LIMIT && source.needsAttention === undefined;
  const detail = end.detail.slice(0, 500);
  return {
    set: {
      cycleRunning: false,
      lastCheckedAt,
      nextCheckAt: after(now, Math.max(end.afterSeconds ?? 0, retrySeconds(source, end.code))),
      generatedWarning: restated(source.generatedWarning, 'cycle-ended', [{ code: end.code, detail }]),
      lastRunStatus: needsPerson || source.needsAttention !== undefined ? 'error' : 'warning',
      ...(rejectedListings > 0 && { rejectedListings }),
      ...(end.suspect && { suspectListing: end.suspect }),
      ...(next.outcome === 'allowed' && { phase: next.to }),
      ...(needsPerson && {
        needsAttention: {
          reason: ATTENTION,
          detail: `${rejectedListings} in a row, the last in cycle ${source.cycle}: ${detail}`,
          step: 'settle-cycle',
          at: now.toISOString(),
        },
      }),
    },
    remove: isRejected && end.suspect === undefined ? ['suspectListing'] : [],
  };
}

/** Publishing gives the word, except where a plan waits, or where it was published under warnings that this cycle has just taken away. */
function wordAfterGood(source: Source, others: Source['generatedWarning']): Pick<Partial<Source>, 'lastRunStatus'> {
  if (source.phase === 'awaiting approval' && source.needsAttention === undefined) return { lastRunStatus: 'ready' };
  const isHealed = source.phase === 'idle' && source.lastRunStatus === 'warning' && !isMarked(others);
  return isHealed ? { lastRunStatus: 'complete' } : {};
}

const retrySeconds = ({ recheckSeconds }: Source, code: CycleWarning): number =>
  code === 'source-unknown' ? recheckSeconds : Math.min(recheckSeconds, RETRY_CHECK_SECONDS);
const after = (time: Date, seconds: number): string => new Date(time.getTime() + seconds * 1000).toISOString();
