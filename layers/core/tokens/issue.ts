import { tokenHashOf } from '../callbacks/keys';
import type { Deps } from '../use-cases/deps';
import { FIRST_OPERATOR, type IssuedToken } from './token';

type IssueDeps = Pick<Deps, 'now'> & { readonly stores: Pick<Deps['stores'], 'tokens'> };

/**
 * A token of this name, of which only the hash is kept. A name that was revoked may be used again.
 * @returns undefined where the name is in use
 */
export async function issueToken(
  { stores, now }: IssueDeps,
  wanted: Pick<IssuedToken, 'name' | 'role'>,
  token: string,
  actor: string,
): Promise<IssuedToken | undefined> {
  const before = await stores.tokens.named(wanted.name);
  if (before !== undefined && before.revokedAt === undefined) return undefined;
  const issued = { ...wanted, tokenHash: tokenHashOf(token), createdAt: now().toISOString(), createdBy: actor };
  return (await stores.tokens.issue(issued, before)) ? issued : undefined;
}

/** The next request with it is refused. Safe to repeat: who revoked it first stands. @returns undefined where there is none of this name */
export async function revokeToken(deps: IssueDeps, name: string, actor: string): Promise<IssuedToken | undefined> {
  const { tokens } = deps.stores;
  const before = await tokens.named(name);
  if (before === undefined || before.revokedAt !== undefined) return before;
  const revoked = { ...before, revokedAt: deps.now().toISOString(), revokedBy: actor };
  // Where somebody else changed it in between, what they made of it is looked at.
  return (await tokens.issue(revoked, before)) ? revoked : revokeToken(deps, name, actor);
}

/**
 * Makes the table agree with the secret that is kept: that token is the first operator's, and the one that was it before opens nothing any more. Safe to repeat. A token
 * that was written before tokens had names gets its name here.
 * @param kept reads the secret
 * @returns the token
 */
export async function settleFirstOperator(deps: IssueDeps, kept: () => Promise<string>): Promise<string> {
  const { tokens } = deps.stores;
  // Before the secret is read: whoever changes both meanwhile is then found out by the write, and never undone by it.
  const before = await tokens.named(FIRST_OPERATOR);
  const token = await kept();
  const tokenHash = tokenHashOf(token);
  const createdAt = before?.tokenHash === tokenHash ? before.createdAt : deps.now().toISOString();
  const first: IssuedToken = { name: FIRST_OPERATOR, role: 'operator', tokenHash, createdAt, createdBy: 'trawl init' };
  return (await tokens.issue(first, before)) ? token : settleFirstOperator(deps, kept);
}
