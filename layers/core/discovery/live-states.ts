import type { Source } from '../entities';
import type { ListingTables, RecordFiles } from '../ports/listings';
import type { Stores } from '../ports/stores';
import { chunksOf } from '../use-cases/chunks';
import type { RunState } from './documents';
import { claimedState } from './run-state';

export interface LiveDeps {
  readonly stores: Pick<Stores, 'outcomes'>;
  readonly tables: Pick<ListingTables, 'openRuns'>;
}

/** Runs whose state is looked up afresh for one answer; of larger plans the rest shows as the last cycle found it. */
const LIVE_LIMIT = 5_000;

/**
 * States that changed since the last cycle wrote its records, by accession. A failure older than the cycle that found the run due is what
 * made it due again. Read only.
 * @param records those of the source's last good listing
 */
export async function liveStates(
  { stores, tables }: LiveDeps,
  records: RecordFiles,
  source: Source,
): Promise<ReadonlyMap<string, RunState>> {
  const checkedAt = source.lastCheckedAt ?? source.createdAt;
  const live = new Map<string, RunState>();
  for (const chunk of chunksOf(await tables.openRuns(records, LIVE_LIMIT))) {
    const keys = chunk.map(({ fetchKey }) => fetchKey);
    const known = await stores.outcomes.known(keys);
    for (const { accession, fetchKey, state } of chunk) {
      const { claim, outcome } = known.get(fetchKey) ?? {};
      const hasFailed = outcome?.result === 'failed' && (state === 'failed' || outcome.at >= checkedAt);
      const unclaimed = hasFailed ? 'failed' : 'due';
      const now = outcome?.result === 'complete' ? 'complete' : claim ? claimedState(source.sourceId, claim) : unclaimed;
      if (now !== state) live.set(accession, now);
    }
  }
  return live;
}
