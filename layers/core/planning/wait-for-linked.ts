import type { ObjectStore } from '../ports/outside';
import type { Stores } from '../ports/stores';
import { chunksOf } from '../use-cases/chunks';
import { runsInWork } from '../use-cases/included-runs';

const AT_ONCE = 25;

/**
 * Has the source waited for on every claim that holds one of its runs, so that settling the claim evaluates the source. Safe to repeat.
 * A claim that is gone by now needs no waiter: its outcome is there when the source is evaluated.
 */
export async function waitForLinked(
  deps: { readonly stores: Pick<Stores, 'claims'>; readonly objects: Pick<ObjectStore, 'readLines'> },
  sourceId: string,
  cycle: number,
): Promise<void> {
  const inWork: string[] = [];
  for await (const { fetchKey } of runsInWork(deps, sourceId, cycle)) inWork.push(fetchKey);
  for (const keys of chunksOf(inWork, AT_ONCE)) await Promise.all(keys.map((key) => deps.stores.claims.addWaiter(key, sourceId)));
}
