import { batchRoutes } from '../../layers/core/api/batch-routes';
import { costRoute } from '../../layers/core/api/cost-routes';
import { filterRoutes } from '../../layers/core/api/filter-routes';
import { exportRoutes, type ExportRouteDeps } from '../../layers/core/api/export-routes';
import { homeRoutes } from '../../layers/core/api/home-routes';
import { holdRoutes } from '../../layers/core/api/hold-routes';
import { answered, route, type Route } from '../../layers/core/api/http';
import { reapRoutes } from '../../layers/core/api/reap-routes';
import { operationRoutes } from '../../layers/core/api/operation-routes';
import { overviewRoute } from '../../layers/core/api/overview';
import { siteRoutes } from '../../layers/core/api/site-routes';
import { sourceChangeRoutes } from '../../layers/core/api/source-change-routes';
import { sourceLookRoutes } from '../../layers/core/api/source-look-routes';
import { tokenRoutes } from '../../layers/core/api/token-routes';
import { workflowRoutes } from '../../layers/core/api/workflow-routes';
import type { ApiDeps } from '../../layers/core/api/api-deps';
import type { ImportDeps } from '../../layers/core/workflows/import-workflow';

export interface ServeApiDeps extends ApiDeps, Pick<ExportRouteDeps, 'linkTo'>, Pick<ImportDeps, 'pipelines' | 'taskLimits'> {
  readonly version: string;
}

/**
 * All routes of the REST API but `GET /` (serve-page), what reads a source's listing (query-runs), what sites say (serve-sites) and the callbacks (accept-callback). GET
 * changes nothing; what the others change may be asked for again: it is answered as done before, or refused with the reason.
 */
export function serveApiRoutes(deps: ServeApiDeps): readonly Route[] {
  const { version, places } = deps;
  const who = { name: 'trawl', installation: places.installation, version };
  return [
    route({ method: 'GET', path: '/health', role: 'anyone', handle: async () => answered({ ok: true, ...who }) }),
    overviewRoute(deps),
    costRoute(deps),
    ...sourceLookRoutes(deps),
    ...sourceChangeRoutes(deps),
    ...filterRoutes(deps),
    ...batchRoutes(deps),
    ...holdRoutes(deps),
    ...homeRoutes(deps),
    ...operationRoutes(deps),
    ...reapRoutes(deps),
    ...siteRoutes(deps),
    ...tokenRoutes(deps),
    ...exportRoutes(deps),
    ...workflowRoutes(deps),
  ];
}
