import { FINAL_BATCH_STATUSES } from '../entities';
import { optional } from '../optional';
import type { Known, Stores } from '../ports/stores';
import type { Claim } from '../records';

/** What is known, without claims that nobody will settle. */
export async function inMotionOnly(
  stores: Pick<Stores, 'batches'>,
  known: ReadonlyMap<string, Known>,
): Promise<ReadonlyMap<string, Known>> {
  const inMotion = await holdersInMotion(
    stores,
    [...known.values()].flatMap(({ claim }) => (claim === undefined ? [] : [claim.holder])),
  );
  return new Map(
    [...known].map(([key, { claim, outcome }]) => [
      key,
      { ...optional('claim', claim && inMotion.has(claim.holder) ? claim : undefined), ...optional('outcome', outcome) },
    ]),
  );
}

type ClaimStores = Pick<Stores, 'claims' | 'batches'>;

/** Of these batches, the ones that will still settle what they hold. */
export async function holdersInMotion({ batches }: Pick<Stores, 'batches'>, holders: Iterable<string>): Promise<ReadonlySet<string>> {
  const found = await Promise.all([...new Set(holders)].map((holder) => batches.get(holder)));
  return new Set(found.filter((batch) => batch && !FINAL_BATCH_STATUSES.includes(batch.status)).map((batch) => batch?.batchId ?? ''));
}

/**
 * The claims that are worth waiting for. One whose batch is over or gone was left behind by a crash between the batch's end and the
 * release: nobody will settle it, so it counts as none here, and the next dispatch that wants its run takes it away. Reads only.
 * @param fetchKeys at most 100
 */
export async function standingClaims(stores: ClaimStores, fetchKeys: readonly string[]): Promise<ReadonlyMap<string, Claim>> {
  const claims = await stores.claims.get(fetchKeys);
  const inMotion = await holdersInMotion(
    stores,
    [...claims.values()].map(({ holder }) => holder),
  );
  return new Map([...claims].filter(([, { holder }]) => inMotion.has(holder)));
}
