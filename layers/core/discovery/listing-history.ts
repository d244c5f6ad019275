import { z } from 'zod';
import type { Source } from '../entities';
import type { ListingDiff, ListingDiffQuery } from '../ports/listing-diff';
import type { ListingTables, WithWorkspace } from '../ports/listings';
import type { ObjectStore } from '../ports/outside';
import { CycleSummary } from './documents';
import { listingKeys, sourceKeys } from './keys';

export interface HistoryDeps {
  readonly objects: Pick<ObjectStore, 'getJson' | 'download' | 'exists'>;
  readonly tables: Pick<ListingTables, 'diff'>;
  readonly withWorkspace: WithWorkspace;
}

/** What a listing's evidence says of it, as far as its history needs it. */
const Evidence = z.looseObject({
  askedAt: z.string(),
  rows: z.number().optional(),
  verdict: z.looseObject({ outcome: z.string(), code: z.string().optional(), detail: z.string().optional() }),
});

export interface KeptListing {
  readonly cycle: number;
  readonly askedAt: string;
  /** Runs that it lists. */
  readonly rows?: number;
  /** It counts: others may be compared with it. */
  readonly isGood: boolean;
  /** Why it does not count, in words. */
  readonly rejected?: string;
  /** Against the last good listing before it; absent where the cycle did not come to its comparison. */
  readonly changes?: CycleSummary['changes'];
  /** Runs that went through the rules; all others were taken over. */
  readonly judgedRuns?: number;
  /** The plan of this listing is the one in force. */
  readonly isCurrent: boolean;
}
export interface ListingsPage {
  readonly items: readonly KeptListing[];
  /** Cycle before which the next page begins. */
  readonly cursor?: string;
}

/** Kept listings of a source, newest first, good and rejected ones; a cycle that died before it had an answer is left out. Read only. */
export async function listListings(
  { objects }: Pick<HistoryDeps, 'objects'>,
  source: Source,
  { limit, before }: { readonly limit: number; readonly before: number | undefined },
): Promise<ListingsPage> {
  const newest = Math.min(source.cycle, (before ?? Infinity) - 1);
  const oldest = Math.max(1, newest - limit + 1);
  const cycles = Array.from({ length: Math.max(0, newest - oldest + 1) }, (_, at) => newest - at);
  const found = await Promise.all(cycles.map((cycle) => keptListing(objects, source, cycle)));
  return { items: found.filter((item) => item !== undefined), ...(oldest > 1 && newest >= oldest && { cursor: String(oldest) }) };
}

async function keptListing(objects: HistoryDeps['objects'], source: Source, cycle: number): Promise<KeptListing | undefined> {
  const [evidence, summary] = await Promise.all([
    objects.getJson(listingKeys(source.sourceId, cycle).evidence, Evidence),
    objects.getJson(sourceKeys(source.sourceId, cycle).summary, CycleSummary),
  ]);
  if (evidence === undefined) return undefined;
  const { askedAt, rows, verdict } = evidence;
  const isGood = verdict.outcome === 'accepted';
  return {
    ...{ cycle, askedAt, isGood, isCurrent: source.listingCycle === cycle },
    ...(rows !== undefined && { rows }),
    ...(!isGood && { rejected: [verdict.code, verdict.detail].filter((part) => part !== undefined).join(': ') }),
    ...(summary && { changes: summary.changes }),
    ...(summary?.judgedRuns !== undefined && { judgedRuns: summary.judgedRuns }),
  };
}

export type Diffed =
  | ({ readonly outcome: 'diffed'; readonly from: number; readonly to: number } & ListingDiff)
  /** `cycle` has no good listing; 0: there is none to compare with. */
  | { readonly outcome: 'no-listing'; readonly cycle: number };

export interface DiffRequest extends ListingDiffQuery {
  /** Absent: the good listing before `to`. */
  readonly from?: number;
  /** Absent: the last good one. */
  readonly to?: number;
}
/** Listings that are looked through for the good one before another. */
const LOOK_BACK = 50;

/** What is new, changed and gone between two kept listings of a source, in either order of time. Read only. */
export async function diffListings(deps: HistoryDeps, source: Source, { from, to, ...query }: DiffRequest): Promise<Diffed> {
  const later = to ?? source.listingCycle;
  const earlier = from ?? (await goodBefore(deps, source, later));
  for (const cycle of [later, earlier]) {
    const isKept = cycle > 0 && (await deps.objects.exists(listingKeys(source.sourceId, cycle).listing));
    if (!isKept) return { outcome: 'no-listing', cycle };
  }
  return deps.withWorkspace(async (workspace) => {
    const paths = { from: workspace.path('from.parquet'), to: workspace.path('to.parquet') };
    await deps.objects.download(listingKeys(source.sourceId, earlier).listing, paths.from);
    await deps.objects.download(listingKeys(source.sourceId, later).listing, paths.to);
    return { outcome: 'diffed', from: earlier, to: later, ...(await deps.tables.diff(paths, query)) };
  });
}

async function goodBefore({ objects }: HistoryDeps, { sourceId }: Source, later: number): Promise<number> {
  for (let cycle = later - 1; cycle > Math.max(0, later - 1 - LOOK_BACK); cycle -= 1) {
    if (await objects.exists(listingKeys(sourceId, cycle).listing)) return cycle;
  }
  return 0;
}
