import type { ApiDeps } from './api-deps';
import { pageOptions, PageQuery, SourceParams, unknownSource } from './api-deps';
import { answered, route, type Route } from './http';
import { statusView } from './status-view';
import { batchesView, sourceView } from './views';

type LookDeps = Pick<ApiDeps, 'stores' | 'now' | 'places' | 'caps' | 'budget'>;

const historyRoute = (deps: LookDeps): Route =>
  route({
    method: 'GET',
    path: '/sources/:sourceId/events',
    role: 'viewer',
    params: SourceParams,
    query: PageQuery,
    handle: async ({ params: { sourceId }, query }) => {
      const page = await deps.stores.events.ofSource(sourceId, pageOptions(query));
      // The history of a source that was removed is still there to be read.
      const isKnown = page.items.length > 0 || query.cursor !== undefined || (await deps.stores.sources.get(sourceId)) !== undefined;
      return isKnown ? answered(page) : unknownSource(sourceId);
    },
  });

/** Routes that show sources; all read only. */
export const sourceLookRoutes = (deps: LookDeps): readonly Route[] => [
  route({ method: 'GET', path: '/status', role: 'viewer', handle: async () => answered(await statusView(deps, deps.places)) }),
  route({
    method: 'GET',
    path: '/sources',
    role: 'viewer',
    query: PageQuery,
    handle: async ({ query }) => answered(await deps.stores.sources.list(pageOptions(query))),
  }),
  route({
    method: 'GET',
    path: '/sources/:sourceId',
    role: 'viewer',
    params: SourceParams,
    handle: async ({ params: { sourceId } }) => {
      const view = await sourceView(deps, deps.places, sourceId);
      return view ? answered(view) : unknownSource(sourceId);
    },
  }),
  route({
    method: 'GET',
    path: '/sources/:sourceId/batches',
    role: 'viewer',
    params: SourceParams,
    handle: async ({ params: { sourceId } }) => {
      const items = await batchesView(deps, deps.places, sourceId);
      return items ? answered({ items }) : unknownSource(sourceId);
    },
  }),
  historyRoute(deps),
];
