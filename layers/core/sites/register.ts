import { tokenHashOf } from '../callbacks/keys';
import type { Deps } from '../use-cases/deps';
import type { Site } from './site';

type RegisterDeps = Pick<Deps, 'stores' | 'now'>;
export type NewSite = Pick<Site, 'name' | 'claims'> & Partial<Pick<Site, 'stages'>>;

/**
 * A site and its token, of which only the hash is kept. A name that is in use is refused; one that was revoked may be used again, with another token.
 * @returns the site, undefined where the name is in use
 */
export async function addSite({ stores, now }: RegisterDeps, wanted: NewSite, token: string, actor: string): Promise<Site | undefined> {
  const createdAt = now().toISOString();
  const tokenHash = tokenHashOf(token);
  const site: Site = { ...wanted, tokenHash, createdAt, createdBy: actor };
  if (!(await stores.sites.add(site))) return undefined;
  // After the site: a token without one opens nothing, and a site whose token was never written is revoked and added again.
  await stores.tokens.put({ tokenHash, name: wanted.name, role: 'site', createdAt });
  return site;
}

/** Its token is dead from now on; what it holds comes back as its leases end. Safe to repeat. @returns the site, undefined where there is none */
export async function revokeSite({ stores, now }: RegisterDeps, name: string): Promise<Site | undefined> {
  const site = await stores.sites.get(name);
  if (site === undefined) return undefined;
  await stores.tokens.remove(site.tokenHash);
  const revokedAt = site.revokedAt ?? now().toISOString();
  await stores.sites.note(name, { revokedAt });
  return { ...site, revokedAt };
}
