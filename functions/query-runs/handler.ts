import { z } from 'zod';
import { mirrorRoutes } from '../../layers/core/api/mirror-routes';
import { SourceParams, unknownSource } from '../../layers/core/api/api-deps';
import { answered, route, type Route } from '../../layers/core/api/http';
import { RUN_STATES } from '../../layers/core/discovery/documents';
import type { MirrorDeps } from '../../layers/core/discovery/query-mirror';
import { queryRuns, type QueriedRuns, type QueryDeps, type RunsRequest } from '../../layers/core/discovery/query-runs';

const Query = z.object({
  /** `all` is the same as none. */
  state: z.enum([...RUN_STATES, 'all']).optional(),
  search: z.string().min(1).max(100).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(20).optional(),
});

/** A page of a source's runs with their states as they are now. Read only. */
export const queryRunsHandler =
  (deps: QueryDeps) =>
  (input: RunsRequest): Promise<QueriedRuns> =>
    queryRuns(deps, input);

/** `GET /sources/{id}/runs?state=&search=&limit=&cursor=` → `{items, counts, cursor?}`; 404 when there is no such source. */
export const queryRunsRoute = (deps: QueryDeps): Route =>
  route({
    method: 'GET',
    path: '/sources/:sourceId/runs',
    role: 'viewer',
    params: SourceParams,
    query: Query,
    handle: async ({ params: { sourceId }, query: { state, ...rest } }) => {
      const found = await queryRunsHandler(deps)({ sourceId, ...rest, state: state === 'all' ? undefined : state });
      if (found.outcome === 'missing') return unknownSource(sourceId);
      const { items, counts, cursor } = found;
      return answered({ items, counts, cursor });
    },
  });

/** All routes that read a source's listing; none changes anything. */
export const queryRoutes = (deps: MirrorDeps): readonly Route[] => [queryRunsRoute(deps), ...mirrorRoutes(deps)];
