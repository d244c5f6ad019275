import type { Source } from '../entities';
import { slug } from '../ids';
import type { StoredObject } from '../ports/outside';

export interface Retention {
  /** Days that ENA's own words (raw answers and windows) are kept once their listing is finished. */
  readonly rawDays: number;
  /** Days that a listing, and what was made of it, is kept after a later good one has taken its place. */
  readonly listingDays: number;
  /** Days that job folders, staging and work are kept at home when their batch is over. */
  readonly jobDays: number;
}

/** Small, and what the history of listings is read from: kept for good. */
const HISTORY = new Set(['evidence.json', 'validation.json', 'summary.json']);

const DAY_MILLISECONDS = 86_400_000;

/**
 * Which objects below `listings/<slug>/` and `sources/<slug>/` are old. What the source points at stays whatever its age: its listing, the records made of it,
 * the base that these stand on, and everything of the cycle that may be running. Pure.
 * @param baseCycle of the records of the last good listing
 */
export function oldObjects(
  source: Pick<Source, 'sourceId' | 'listingCycle'>,
  baseCycle: number | undefined,
  objects: readonly StoredObject[],
  retention: Pick<Retention, 'rawDays' | 'listingDays'>,
  now: Date,
): readonly string[] {
  const form = new RegExp(`^(listings|sources)/${slug(source.sourceId)}/(\\d+)/(.+)$`);
  return objects.flatMap(({ key, writtenAt }) => {
    const [, root, number, name = ''] = form.exec(key) ?? [];
    if (root === undefined || writtenAt === undefined || HISTORY.has(name)) return [];
    const cycle = Number(number);
    const isRaw = root === 'listings' && name !== 'listing.parquet';
    // A cycle later than the last good one is under way, or was rejected: its raw answer is what a person looks at.
    const days = isRaw ? retention.rawDays : retention.listingDays;
    const isOld = now.getTime() - Date.parse(writtenAt) > days * DAY_MILLISECONDS;
    const isNeeded = !isRaw && (cycle >= source.listingCycle || (root === 'sources' && cycle === baseCycle));
    return isOld && !isNeeded ? [key] : [];
  });
}
