import { z } from 'zod';
import { WorkerId } from '../ids';
import { claimBatches, type ClaimDeps } from '../sites/claim-batches';
import { releaseClaim, renewClaim, reportClaim, type ClaimRefusal, type Heard } from '../sites/hold-claim';
import { SiteOffer, type Site } from '../sites/site';
import { RunReport } from '../wire';
import { answered, refused, route, type Actor, type ApiAnswer, type Route } from './http';

/** Batches of one request: so many that a site of many places is full after a few. */
const MOST_CLAIMS = 20;
const ClaimRequest = z.strictObject({
  v: z.literal(1),
  nonce: z.string().min(16).max(200),
  most: z.number().int().min(1).max(MOST_CLAIMS).default(1),
  offer: SiteOffer,
});
const Release = z.strictObject({ v: z.literal(1), detail: z.string().max(500).default('given back') });
const params = z.object({ workerId: WorkerId });

const REFUSALS: Readonly<Record<ClaimRefusal, readonly [number, string, string]>> = {
  unknown: [404, 'claim-unknown', 'this site holds no such claim'],
  'lease-over': [410, 'lease-over', 'the claim is over: stop what runs for it'],
  'bad-report': [422, 'bad-report', 'the report is not of this job'],
};
const heard = <T>(answer: Heard<T>): ApiAnswer =>
  answer.outcome === 'refused' ? refused(...REFUSALS[answer.by]) : answered({ v: 1, ...answer.said });

/** The token names the site; where it was revoked in this moment, its token is as good as unknown. */
async function siteOf({ stores }: Pick<ClaimDeps, 'stores'>, { name }: Actor): Promise<Site | ApiAnswer> {
  const site = await stores.sites.get(name);
  return site === undefined || site.revokedAt !== undefined ? refused(401, 'unauthorized', 'the token is not known') : site;
}

type AsSite = (actor: Actor, act: (site: Site) => Promise<ApiAnswer>) => Promise<ApiAnswer>;

/** What a site says and asks about its own claims; each may be sent again. */
export const siteClaimRoutes = (deps: ClaimDeps): readonly Route[] => {
  const asSite: AsSite = async (actor, act) => {
    const site = await siteOf(deps, actor);
    return 'status' in site ? site : act(site);
  };
  const claims = route({
    method: 'POST',
    path: '/site/claims',
    role: 'site',
    body: ClaimRequest,
    handle: ({ body, actor }) =>
      asSite(actor, async (site) => answered({ v: 1, site: site.name, ...(await claimBatches(deps, site, body)) })),
  });
  return [claims, ...holderRoutes(deps, asSite)];
};

/** Of a claim that the site holds. */
const holderRoutes = (deps: ClaimDeps, asSite: AsSite): readonly Route[] => [
  route({
    method: 'POST',
    path: '/site/claims/:workerId/renew',
    role: 'site',
    params,
    handle: ({ params: { workerId }, actor }) => asSite(actor, async ({ name }) => heard(await renewClaim(deps, name, workerId))),
  }),
  route({
    method: 'POST',
    path: '/site/claims/:workerId/report',
    role: 'site',
    params,
    body: RunReport,
    handle: ({ params: { workerId }, body, actor }) =>
      asSite(actor, async ({ name }) => heard(await reportClaim(deps, name, workerId, body))),
  }),
  route({
    method: 'POST',
    path: '/site/claims/:workerId/release',
    role: 'site',
    params,
    body: Release,
    handle: ({ params: { workerId }, body, actor }) =>
      asSite(actor, async ({ name }) => heard(await releaseClaim(deps, name, workerId, body.detail))),
  }),
];
