import { z } from 'zod';
import { addSite, revokeSite } from '../sites/register';
import { Site, SiteName } from '../sites/site';
import { newToken } from '../tokens/token';
import type { ApiDeps } from './api-deps';
import { answered, refused, route, type Route } from './http';

/** A site as people see it: all but the hash of its token. `held`: its claims, those whose results are on their way home among them. */
export type SiteView = Omit<Site, 'tokenHash'> & { readonly held: readonly string[] };

const NewSite = z.strictObject({ name: SiteName, claims: Site.shape.claims.max(1_000), stages: Site.shape.stages });
const params = z.object({ name: SiteName });

async function viewsOf({ stores }: Pick<ApiDeps, 'stores'>, sites: readonly Site[]): Promise<readonly SiteView[]> {
  const alive = await stores.workers.alive();
  return sites.map(({ tokenHash: _, ...site }) => ({
    ...site,
    held: alive.filter((worker) => worker.site === site.name).map(({ workerId }) => workerId),
  }));
}

/** Routes about sites that pull work, for who runs the installation. */
export const siteRoutes = (deps: ApiDeps): readonly Route[] => [
  route({
    method: 'GET',
    path: '/sites',
    role: 'viewer',
    handle: async () => answered({ items: await viewsOf(deps, await deps.stores.sites.list()) }),
  }),
  route({
    method: 'POST',
    path: '/sites',
    role: 'operator',
    body: NewSite,
    handle: async ({ body, actor }) => {
      if (deps.caps.providers['site'] === undefined)
        return refused(409, 'no-sites', 'sites get no work here: the configuration has no caps.providers.site');
      const token = newToken(deps.newId);
      const site = await addSite(deps, body, token, actor.name);
      if (site === undefined) return refused(409, 'site-exists', `there is a site ${body.name} already; revoke it first for another token`);
      return answered({ site: (await viewsOf(deps, [site]))[0], token }, 201);
    },
  }),
  route({
    method: 'POST',
    path: '/sites/:name/revoke',
    role: 'operator',
    params,
    handle: async ({ params: { name } }) => {
      const site = await revokeSite(deps, name);
      if (site === undefined) return refused(404, 'site-unknown', `there is no site ${name}`);
      return answered({ site: (await viewsOf(deps, [site]))[0] });
    },
  }),
];
