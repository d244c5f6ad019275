import type { z } from 'zod';
import type { Role } from '../records';

/** Whose token the request carried. */
export interface Actor {
  readonly name: string;
  readonly role: Role;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A request whose parts have the form that its route asks for. */
export interface ApiRequest<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly actor: Actor;
}

/** What a route is given by the runtime: nothing is judged yet but the token. */
export interface RouteRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
  readonly actor: Actor;
}

/**
 * One route of the API. An *operator* may do all that a *viewer* may; a *site* what concerns its own claims, and nobody else that; what *anyone* may needs no
 * token and has no path parameters.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/sources/:sourceId` */
  readonly path: string;
  readonly role: 'anyone' | 'viewer' | 'operator' | 'site';
  readonly answer: (request: RouteRequest) => Promise<ApiAnswer>;
}

interface RouteDefinition<P, Q, B> extends Pick<Route, 'method' | 'path' | 'role'> {
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  readonly handle: (request: ApiRequest<P, Q, B>) => Promise<ApiAnswer>;
}

export const answered = (body: unknown, status = 200): ApiAnswer => ({ status, body });

/** An error as every client sees it. `code` is kebab-case and a contract; `message` is for people. */
export const refused = (status: number, code: string, message: string, details?: unknown): ApiAnswer => ({
  status,
  body: { error: { code, message, ...(details === undefined ? {} : { details }) } },
});

const invalid = (part: string, { issues }: z.ZodError): ApiAnswer =>
  refused(
    422,
    'invalid-request',
    `the ${part} of the request is not as it should be`,
    issues.map(({ path, message }) => ({ at: [part, ...path.map(String)].join('.'), message })),
  );

/** A route with the forms of its parts; a request of another form is answered 422, with every field that is wrong, and not handled. */
export const route = <P = undefined, Q = undefined, B = undefined>(definition: RouteDefinition<P, Q, B>): Route => ({
  method: definition.method,
  path: definition.path,
  role: definition.role,
  answer: async ({ params, query, body, actor }) => {
    const parsed = {
      path: definition.params?.safeParse(params),
      query: definition.query?.safeParse(query),
      body: definition.body?.safeParse(body),
    };
    for (const [part, result] of Object.entries(parsed)) if (result?.success === false) return invalid(part, result.error);
    // A part without a form is `undefined`, which is what its type then says.
    return definition.handle({
      params: parsed.path?.data as P,
      query: parsed.query?.data as Q,
      body: parsed.body?.data as B,
      actor,
    });
  },
});
