import { z } from 'zod';
import type { ObjectStore } from '../ports/outside';
import { listingKeys } from './keys';
import { WindowPlan } from './plan-windows';

const Count = z.number().int().nonnegative();
/** A window whose rows are kept: raw answer and Parquet lie under its number. */
export const TakenWindow = z.object({ rows: Count, bytes: Count, contentType: z.string(), absent: z.array(z.string()) });
export type TakenWindow = z.infer<typeof TakenWindow>;

/** A listing in windows, as far as it is. `taken[i]` belongs to `plan.leaves[i]`. */
export const WindowedListing = z.object({
  query: z.string(),
  rowLimit: Count,
  askedAt: z.string(),
  countBefore: Count,
  /** How often it was begun anew because runs came in meanwhile. */
  tries: Count,
  plan: WindowPlan,
  taken: z.array(TakenWindow),
});
export type WindowedListing = z.infer<typeof WindowedListing>;

/** `progress.json` of a cycle: what a later call, or the repeat of a broken one, goes on with. */
export const Progress = z.object({
  v: z.literal(1),
  /** Calls that ended before the listing was whole. */
  calls: Count,
  listing: WindowedListing.optional(),
});
export type Progress = z.infer<typeof Progress>;

type Objects = Pick<ObjectStore, 'getJson' | 'putJson'>;

export const readProgress = async (objects: Objects, sourceId: string, cycle: number): Promise<Progress> =>
  (await objects.getJson(listingKeys(sourceId, cycle).progress, Progress)) ?? { v: 1, calls: 0 };

export const writeProgress = (objects: Objects, sourceId: string, cycle: number, progress: Progress): Promise<void> =>
  objects.putJson(listingKeys(sourceId, cycle).progress, progress);
