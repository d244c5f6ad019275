import type { Batch, Source, Worker } from '../entities';
import type { CodeOf, Warning } from '../warnings';
import { restated, warningKind } from '../warnings';
import type { Deps } from './deps';

export type BeatWarning = Warning<CodeOf<'beat'>>;
/** What a heartbeat found to warn of, by source. */
export type Found = Map<string, Map<BeatWarning['code'], string>>;

export const note = (all: Found, sourceId: string, { code, detail }: BeatWarning): void => {
  const own = all.get(sourceId) ?? new Map<BeatWarning['code'], string>();
  all.set(sourceId, own.has(code) ? own : own.set(code, detail));
};

/** A day: a queue is seldom so long. */
export const LONG_PENDING_SECONDS = 24 * 3600;
export const isLongPending = (since: string, now: Date): boolean => now.getTime() - Date.parse(since) > LONG_PENDING_SECONDS * 1000;
export const longPending = ({ batchId }: Pick<Batch, 'batchId'>): BeatWarning => ({
  code: 'long-pending',
  detail: `${batchId} and perhaps others; "trawl show" says what it waits for`,
});

/** Batches that have their place and whose job has not started for a day. */
export async function noteLongPending({ stores, now }: Pick<Deps, 'stores' | 'now'>, alive: readonly Worker[], all: Found): Promise<void> {
  const waiting = alive.filter(({ status, requestedAt }) => ['requested', 'live'].includes(status) && isLongPending(requestedAt, now()));
  for (const { batchId, sourceId } of waiting) {
    if ((await stores.batches.get(batchId))?.status === 'dispatched') note(all, sourceId, longPending({ batchId }));
  }
}

/**
 * Writes what a heartbeat found onto the sources where it is not what they say already. Safe to repeat; one that another writer was
 * faster on is looked at again by the next heartbeat. @returns how many sources were written
 */
export async function stateBeatWarnings(
  { stores, now }: Pick<Deps, 'stores' | 'now'>,
  sources: readonly Source[],
  all: Found,
): Promise<number> {
  let written = 0;
  for (const { sourceId, generatedWarning } of sources) {
    const before = generatedWarning.filter(({ code }) => warningKind(code)?.clearedBy === 'beat').map(({ code }) => code);
    const own = [...(all.get(sourceId) ?? [])].map(([code, detail]) => ({ code, detail }));
    if (
      isSame(
        before,
        own.map(({ code }) => code),
      )
    )
      continue;
    const source = await stores.sources.get(sourceId);
    if (source === undefined) continue;
    const event = {
      ...{ entityId: sourceId, sourceId, at: now().toISOString(), type: 'warnings-stated', actor: 'run-tick' },
      detail:
        own
          .map(({ code, detail }) => `${code}: ${detail}`)
          .join('; ')
          .slice(0, 1000) || `over: ${before.join(', ')}`,
    };
    const set = { generatedWarning: restated(source.generatedWarning, 'beat', own) };
    if ((await stores.sources.change(source, set, event)).outcome === 'written') written += 1;
  }
  return written;
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((code) => other.includes(code));
