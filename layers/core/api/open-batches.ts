import type { Batch, BatchStatus } from '../entities';
import type { Stores } from '../ports/stores';

/** Of each status: a look at the installation does not read a large plan to its end. */
export const COUNTED_BATCHES = 1_000;

export interface OpenBatches<S extends BatchStatus> {
  /** The first of each status, in the order asked for. */
  readonly batches: readonly Batch[];
  /** By status, none above `COUNTED_BATCHES`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Statuses that more batches are in than were counted. */
  readonly uncounted: readonly S[];
}

/** Batches in these statuses, as far as they are counted. Read only. */
export async function openBatches<S extends BatchStatus>(
  { batches }: Pick<Stores, 'batches'>,
  statuses: readonly S[],
): Promise<OpenBatches<S>> {
  const found = await Promise.all(
    statuses.map(async (status) => ({ status, found: await batches.withStatus(status, COUNTED_BATCHES + 1) })),
  );
  const counted = found.map(({ status, found: all }) => ({ status, batches: all.slice(0, COUNTED_BATCHES) }));
  return {
    batches: counted.flatMap((each) => each.batches),
    counts: Object.fromEntries(counted.map((each) => [each.status, each.batches.length])),
    uncounted: found.filter((each) => each.found.length > COUNTED_BATCHES).map(({ status }) => status),
  };
}
