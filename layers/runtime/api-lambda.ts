import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { z } from 'zod';
import { refused, type Actor, type ApiAnswer, type Route } from '../core/api/http';
import { TrawlError } from '../core/errors';
import type { TokenStore } from '../core/ports/stores';
import { ApiEvent, pathOf } from './api-event';
import { apiRouter, type Routed } from './api-router';
import { bearerToken } from './bearer';
import { settings } from './environment';
import { logAnswer, logFailure } from './telemetry';

/** What an API function is made of. */
export interface Api {
  readonly tokens: Pick<TokenStore, 'get'>;
  readonly routes: readonly Route[];
  /** Default 1 MiB. */
  readonly bodyLimitBytes?: number;
}
/** The answer as API Gateway takes it. */
export interface ProxyResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const BODY_LIMIT_BYTES = 1024 * 1024;
/** Long enough for a throttled table or an overloaded archive to breathe; the CLI tries again after it. */
const RETRY_AFTER_SECONDS = '5';

/** What went wrong inside is in the log, under the request id; the client learns whether trying again helps. */
const failureAnswer = (error: unknown): ApiAnswer =>
  error instanceof TrawlError && (error.fault === 'transient' || error.fault === 'throttled')
    ? refused(503, 'unavailable', 'something that Trawl needs is not available now; try again in a few seconds')
    : refused(500, 'internal', 'the request failed inside Trawl; the log has the reason under this request id');

const withRequestId = (body: unknown, requestId: string): unknown =>
  typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'object'
    ? { error: { ...body.error, requestId } }
    : body;

const proxyResult = ({ status, body }: ApiAnswer, requestId: string): ProxyResult => ({
  statusCode: status,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': requestId,
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
  },
  body: JSON.stringify(withRequestId(body, requestId)),
});

/**
 * Entry of an API function behind API Gateway v1: token, role, route, body, forms; errors as `{error: {code, message, details?,
 * requestId}}`. One line of log per request, without its body, query or headers.
 */
export const apiLambda = <E>(env: z.ZodType<E>, build: (env: E) => Api): ((event: unknown, context: Context) => Promise<ProxyResult>) => {
  const { tokens, routes, bodyLimitBytes = BODY_LIMIT_BYTES } = build(settings(env));
  const serve = apiRouter(routes, bodyLimitBytes);
  const open = new Set(routes.filter(({ role }) => role === 'anyone').map(({ method, path }) => `${method} ${path}`));
  return async (event, context) => {
    const startedAtMs = Date.now();
    const request = ApiEvent.parse(event);
    const requestId = request.requestContext?.requestId ?? context.awsRequestId;
    const call = { requestId, startedAtMs, place: `${request.httpMethod} ${pathOf(request)}` };
    let actor: Actor = { name: 'nobody', role: 'site' };
    const pipeline = middy<ApiEvent, Routed>()
      .use(
        bearerToken(
          tokens,
          (known) => void (actor = known),
          () => open.has(call.place),
        ),
      )
      .onError((failed) => {
        logFailure({}, failed.error, call);
        failed.response = failureAnswer(failed.error);
      })
      .handler((given) => serve(given, actor));
    const { route, ids, ...answer }: Routed = await pipeline(request, context);
    logAnswer(answer.status, actor.name, { ...ids }, { ...call, place: route ?? call.place });
    return proxyResult(answer, requestId);
  };
};
