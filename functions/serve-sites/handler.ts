import type { Route } from '../../layers/core/api/http';
import { siteClaimRoutes } from '../../layers/core/api/site-claim-routes';
import type { ClaimDeps } from '../../layers/core/sites/claim-batches';

/** `POST /site/claims` and what its holder says of a claim: renew, report, release. Running it twice is safe: see each use case in layers/core/sites. */
export const serveSitesRoutes = (deps: ClaimDeps): readonly Route[] => siteClaimRoutes(deps);
