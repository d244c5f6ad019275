import { z } from 'zod';
import { diffListings, listListings, type HistoryDeps } from '../discovery/listing-history';
import type { Source } from '../entities';
import { LISTING_CHANGES } from '../ports/listing-diff';
import type { Stores } from '../ports/stores';
import { SourceParams, unknownSource } from './api-deps';
import { answered, refused, route, type ApiAnswer, type Route } from './http';

export interface ListingRoutesDeps extends HistoryDeps {
  readonly stores: Pick<Stores, 'sources'>;
}
const Cycle = z.coerce.number().int().positive();
/** Each listing is two documents: of a longer list, a page at a time. */
const LISTINGS_PER_PAGE = 100;
const ListQuery = z.object({ limit: z.coerce.number().int().min(1).max(1000).default(20), cursor: Cycle.optional() });
const DiffQuery = z.object({
  from: Cycle.optional(),
  to: Cycle.optional(),
  change: z.enum(LISTING_CHANGES).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(20).optional(),
});

/** What ENA said of a source, and when: `GET /sources/{id}/listings` and `GET /sources/{id}/listings/diff?from=&to=&change=&limit=&cursor=`. */
export const listingRoutes = (deps: ListingRoutesDeps): readonly Route[] => [
  route({
    method: 'GET',
    path: '/sources/:sourceId/listings',
    role: 'viewer',
    params: SourceParams,
    query: ListQuery,
    handle: ({ params: { sourceId }, query: { limit, cursor } }) =>
      withSource(deps, sourceId, async (source) =>
        answered(await listListings(deps, source, { limit: Math.min(limit, LISTINGS_PER_PAGE), before: cursor })),
      ),
  }),
  route({
    method: 'GET',
    path: '/sources/:sourceId/listings/diff',
    role: 'viewer',
    params: SourceParams,
    query: DiffQuery,
    handle: ({ params: { sourceId }, query }) => withSource(deps, sourceId, (source) => diff(deps, source, query)),
  }),
];

async function withSource(
  { stores }: ListingRoutesDeps,
  sourceId: string,
  use: (source: Source) => Promise<ApiAnswer>,
): Promise<ApiAnswer> {
  const source = await stores.sources.get(sourceId);
  return source === undefined ? unknownSource(sourceId) : use(source);
}

async function diff(deps: ListingRoutesDeps, source: Source, query: z.output<typeof DiffQuery>): Promise<ApiAnswer> {
  const { from, to, change, limit, cursor } = query;
  const diffed = await diffListings(deps, source, {
    limit,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(change !== undefined && { change }),
    ...(cursor !== undefined && { after: cursor }),
  });
  if (diffed.outcome === 'no-listing') {
    const which =
      diffed.cycle === 0
        ? `${source.sourceId} has no two good listings yet`
        : `cycle ${diffed.cycle} of ${source.sourceId} has no good listing`;
    return refused(404, 'listing-unknown', `${which}: "trawl listing list ${source.sourceId}" shows those that are kept`);
  }
  const { hasMore, items, counts } = diffed;
  const last = items.at(-1)?.accession;
  return answered({ from: diffed.from, to: diffed.to, counts, items, ...(hasMore && last !== undefined && { cursor: last }) });
}
