import { FINAL_BATCH_STATUSES } from '../entities';
import { optional } from '../optional';
import type { Known, Stores } from '../ports/stores';
import type { Outcome } from '../records';

/**
 * What is known, without claims that nobody will settle: one whose batch is over or gone was left behind by a crash between the batch's end
 * and the release, and the next dispatch that wants its run takes it away. Whose holder is over by now may have settled between the two looks, so the outcome
 * is looked at once more. Reads only.
 * @param fetchKeys at most 100
 */
export async function knownInMotion(
  stores: Pick<Stores, 'batches' | 'outcomes'>,
  fetchKeys: readonly string[],
): Promise<ReadonlyMap<string, Known>> {
  const known = await stores.outcomes.known(fetchKeys);
  const inMotion = await holdersInMotion(
    stores,
    [...known.values()].flatMap(({ claim }) => (claim === undefined ? [] : [claim.holder])),
  );
  const left = [...known].filter(([, { claim }]) => claim !== undefined && !inMotion.has(claim.holder)).map(([key]) => key);
  const settled = left.length === 0 ? new Map<string, Outcome>() : await stores.outcomes.get(left);
  return new Map([...known, ...left.map((key): [string, Known] => [key, optional('outcome', settled.get(key))])]);
}

/** Of these batches, the ones that will still settle what they hold. */
export async function holdersInMotion({ batches }: Pick<Stores, 'batches'>, holders: Iterable<string>): Promise<ReadonlySet<string>> {
  const found = await Promise.all([...new Set(holders)].map((holder) => batches.get(holder)));
  return new Set(found.filter((batch) => batch && !FINAL_BATCH_STATUSES.includes(batch.status)).map((batch) => batch?.batchId ?? ''));
}
