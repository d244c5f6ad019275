import { z } from 'zod';
import { issueToken, revokeToken } from '../tokens/issue';
import { FIRST_OPERATOR, IssuedToken, newToken, TokenName } from '../tokens/token';
import type { ApiDeps } from './api-deps';
import { answered, refused, route, type Route } from './http';

/** A token as operators see it: all but its hash. */
export type TokenView = Omit<IssuedToken, 'tokenHash'>;

const NewToken = z.strictObject({ name: TokenName, role: IssuedToken.shape.role.default('viewer') });
const params = z.object({ name: TokenName });
const viewOf = ({ tokenHash: _, ...view }: IssuedToken): TokenView => view;

/** Routes about the tokens of people and programs, for operators alone. */
export const tokenRoutes = (deps: Pick<ApiDeps, 'stores' | 'newId' | 'now'>): readonly Route[] => [
  route({
    method: 'GET',
    path: '/tokens',
    role: 'operator',
    handle: async () => answered({ items: (await deps.stores.tokens.list()).map(viewOf) }),
  }),
  route({
    method: 'POST',
    path: '/tokens',
    role: 'operator',
    body: NewToken,
    handle: async ({ body, actor }) => {
      if (body.name === FIRST_OPERATOR)
        return refused(409, 'first-operator', `${FIRST_OPERATOR} is the token that "trawl init" makes; take another name`);
      const token = newToken(deps.newId);
      const issued = await issueToken(deps, body, token, actor.name);
      if (issued === undefined) return refused(409, 'token-exists', `there is a token ${body.name} already; revoke it first for another`);
      return answered({ issued: viewOf(issued), token }, 201);
    },
  }),
  revokeRoute(deps),
];

/** The first operator's cannot be revoked here, so that somebody can always act, and since `trawl init` would bring it back. */
const revokeRoute = (deps: Pick<ApiDeps, 'stores' | 'now'>): Route =>
  route({
    method: 'POST',
    path: '/tokens/:name/revoke',
    role: 'operator',
    params,
    handle: async ({ params: { name }, actor }) => {
      if (name === FIRST_OPERATOR) {
        const instead = 'replace it with AWS credentials: "trawl token rotate-first --installation NAME"';
        return refused(409, 'first-operator', `${FIRST_OPERATOR} is kept in SSM and always stands; ${instead}`);
      }
      const issued = await revokeToken(deps, name, actor.name);
      if (issued === undefined) return refused(404, 'token-unknown', `there is no token ${name}`);
      return answered({ issued: viewOf(issued), isOwn: name === actor.name });
    },
  });
