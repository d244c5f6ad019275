import { z } from 'zod';
import type { ObjectStore } from '../ports/outside';
import { listingKeys } from './keys';

const Evidence = z.looseObject({ query: z.string().optional() });

/**
 * Whether two listings of a source were asked for by different queries, as their evidence says: its own query was changed in between, or
 * whether its subtree counts. False where either is not known. Read only.
 */
export async function isOtherQuery(
  objects: Pick<ObjectStore, 'getJson'>,
  sourceId: string,
  ...cycles: readonly [number, number]
): Promise<boolean> {
  const queryOf = async (cycle: number): Promise<string | undefined> =>
    cycle === 0 ? undefined : (await objects.getJson(listingKeys(sourceId, cycle).evidence, Evidence))?.query;
  const [one, other] = await Promise.all(cycles.map(queryOf));
  return one !== undefined && other !== undefined && one !== other;
}
