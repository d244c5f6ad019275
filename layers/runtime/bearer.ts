import type { MiddlewareObj } from '@middy/core';
import { tokenHashOf } from '../core/callbacks/keys';
import { refused, type Actor, type ApiAnswer, type Route } from '../core/api/http';
import type { Role } from '../core/records';
import type { TokenStore } from '../core/ports/stores';
import { headerOf, type ApiEvent } from './api-event';

const unauthorized = (message: string): ApiAnswer => refused(401, 'unauthorized', message);

const actorOf = async (tokens: Pick<TokenStore, 'get'>, authorization: string | undefined): Promise<Actor | ApiAnswer> => {
  if (authorization === undefined) return unauthorized('send a token: "Authorization: Bearer <token>"');
  const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (token === undefined) return unauthorized('the Authorization header is not "Bearer <token>"');
  const known = await tokens.get(tokenHashOf(token));
  return known === undefined ? unauthorized('the token is not known') : { name: known.name, role: known.role };
};

/**
 * Finds out who sent the request, by the sha256 of its bearer token, or answers 401 at once; the token itself is nowhere kept.
 * Only what is open to anyone goes on without.
 */
export const bearerToken = (
  tokens: Pick<TokenStore, 'get'>,
  known: (actor: Actor) => void,
  isOpen: (event: ApiEvent) => boolean,
): MiddlewareObj<ApiEvent, ApiAnswer> => ({
  before: async ({ event }) => {
    if (isOpen(event)) return undefined;
    const found = await actorOf(tokens, headerOf(event, 'authorization'));
    if ('status' in found) return found;
    known(found);
    return undefined;
  },
});

/** *site* tokens belong to sites that pull work, and open what concerns their claims alone. */
const RIGHTS: Readonly<Record<Role, readonly Route['role'][]>> = {
  viewer: ['anyone', 'viewer'],
  operator: ['anyone', 'viewer', 'operator'],
  site: ['anyone', 'site'],
};

export const isAllowed = (role: Role, needed: Route['role']): boolean => RIGHTS[role].includes(needed);
