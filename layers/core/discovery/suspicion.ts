import { z } from 'zod';
import type { Source } from '../entities';
import type { ListingSetting } from '../settings';
import type { ObjectStore } from '../ports/outside';
import type { Judgement } from './acceptance';
import { listingKeys } from './keys';
import { listedRuns } from './summarize';

/** What the last good listing had; runs with files are known of listings since they are counted. */
export interface LastListing {
  /** What it was asked for by; absent where nothing was kept of it. */
  readonly query?: string | undefined;
  readonly rows: number;
  readonly withFiles?: number | undefined;
}
const Evidence = z.looseObject({
  query: z.string().optional(),
  rows: z.number().int().nonnegative(),
  withFiles: z.number().int().nonnegative().optional(),
});

/** Reads it from the evidence of the cycle that the source points at. */
export async function lastListing(objects: Pick<ObjectStore, 'getJson'>, source: Source): Promise<LastListing> {
  const { sourceId, listingCycle, counts } = source;
  const evidence = listingCycle === 0 ? undefined : await objects.getJson(listingKeys(sourceId, listingCycle).evidence, Evidence);
  return evidence ?? { rows: listedRuns(counts) };
}

interface Found {
  readonly rows: number;
  readonly withFiles: number;
}
type Shares = Pick<ListingSetting, 'dropShare' | 'dropRowsMin' | 'blankShare'>;

/**
 * Holds a listing that is whole against the last good one; pure. A person may confirm what is suspected: the confirmation is of one code,
 * and holds while there are at least as many rows as at that time.
 */
export function judgeChange(found: Found, last: LastListing, shares: Shares, accepted?: Source['acceptedListing']): Judgement {
  const suspected = suspect(found, last, shares);
  const isConfirmed = suspected.outcome === 'rejected' && accepted?.code === suspected.code && found.rows >= accepted.rows;
  return isConfirmed ? { outcome: 'accepted' } : suspected;
}

function suspect({ rows, withFiles }: Found, last: LastListing, { dropShare, dropRowsMin, blankShare }: Shares): Judgement {
  if (rows === 0 && last.rows > 0) {
    return { outcome: 'rejected', code: 'suspicious-zero', detail: `no runs where the last listing had ${last.rows}` };
  }
  const [fewer, blank] = [last.rows - rows, (last.withFiles ?? 0) - withFiles];
  if (fewer >= dropRowsMin && fewer > last.rows * dropShare) {
    const detail = `${rows} runs where the last listing had ${last.rows}: more than ${percent(dropShare)} are gone`;
    return { outcome: 'rejected', code: 'large-drop', detail };
  }
  if (blank >= dropRowsMin && blank > (last.withFiles ?? 0) * blankShare) {
    const detail = `${withFiles} runs with files where the last listing had ${last.withFiles ?? 0}: the file columns are blank of more than ${percent(blankShare)}`;
    return { outcome: 'rejected', code: 'blank-files', detail };
  }
  return { outcome: 'accepted' };
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
/** Rejections that may be true of the archive: a person can confirm them. */
export const SUSPICIONS = ['suspicious-zero', 'large-drop', 'blank-files'] as const;
