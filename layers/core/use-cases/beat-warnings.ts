import type { Batch, Source, Worker } from '../entities';
import { jobIdOf } from '../ids';
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

export interface LongPendingDeps extends Pick<Deps, 'stores' | 'now'> {
  /** `longPendingHours` of the configuration; a day where nothing is said: a queue is seldom so long. */
  readonly longPendingSeconds?: number;
}
const DAY_SECONDS = 24 * 3600;
export const isLongPending = ({ now, longPendingSeconds = DAY_SECONDS }: Omit<LongPendingDeps, 'stores'>, since: string): boolean =>
  now().getTime() - Date.parse(since) > longPendingSeconds * 1000;
/** @param reason why Slurm lets its job wait, in Slurm's word: it changes, and `sameWait` looks past it */
export const longPending = ({ batchId }: Pick<Batch, 'batchId'>, reason?: string): BeatWarning => ({
  code: 'long-pending',
  detail: `${batchId}${reason === undefined ? '' : `, whose job waits at Slurm (${reason} at first),`} and perhaps others; "trawl show" says what it waits for`,
});

/** Slurm goes to and fro between its words for why a job waits: it is stated once, and `trawl show` has the newest. */
const sameWait = (detail: string): string => detail.replace(/ \(.* at first\)/, ' (…)');

/** Batches that have their place and whose job has not started for long. */
export async function noteLongPending(deps: LongPendingDeps, alive: readonly Worker[], all: Found): Promise<void> {
  const { stores } = deps;
  const waiting = alive.filter(({ status, requestedAt }) => ['requested', 'live'].includes(status) && isLongPending(deps, requestedAt));
  for (const { batchId, sourceId, workerId } of waiting) {
    const batch = await stores.batches.get(batchId);
    if (batch?.status !== 'dispatched') continue;
    note(all, sourceId, longPending(batch, (await stores.jobs.get(jobIdOf(workerId, batch.stage)))?.pendingReason));
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
    const before = generatedWarning.filter(({ code }) => warningKind(code)?.clearedBy === 'beat');
    const own = [...(all.get(sourceId) ?? [])].map(([code, detail]) => ({ code, detail }));
    if (isSame(before.map(gist), restated([], 'beat', own).map(gist))) continue;
    const source = await stores.sources.get(sourceId);
    if (source === undefined) continue;
    const event = {
      ...{ entityId: sourceId, sourceId, at: now().toISOString(), type: 'warnings-stated', actor: 'run-tick' },
      detail: own.map(worded).join('; ').slice(0, 1000) || `over: ${before.map(({ code }) => code).join(', ')}`,
    };
    const set = { generatedWarning: restated(source.generatedWarning, 'beat', own) };
    if ((await stores.sources.change(source, set, event)).outcome === 'written') written += 1;
  }
  return written;
}

const worded = ({ code, detail }: { readonly code: string; readonly detail: string }): string => `${code}: ${detail}`;
const gist = (warning: { readonly code: string; readonly detail: string }): string => sameWait(worded(warning));
const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((code) => other.includes(code));
