import { TrieRouter } from 'hono/router/trie-router';
import { refused, type Actor, type ApiAnswer, type Route } from '../core/api/http';
import { jsonBodyOf, pathOf, type ApiEvent } from './api-event';
import { isAllowed } from './bearer';
import { idsOf } from './telemetry';

/** An answer with what its line of log says. */
export interface Routed extends ApiAnswer {
  readonly route?: string;
  readonly ids?: Readonly<Record<string, unknown>>;
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Finds the route, then asks whether the role may, then reads the body: what is refused is never read. */
export const apiRouter = (routes: readonly Route[], bodyLimitBytes: number): ((event: ApiEvent, actor: Actor) => Promise<Routed>) => {
  const router = new TrieRouter<Route>();
  for (const route of routes) router.add(route.method, route.path, route);
  return async (event, actor) => {
    const path = pathOf(event);
    const [[route, found] = []] = router.match(event.httpMethod, path)[0];
    if (route === undefined) return refused(404, 'no-such-route', `there is no ${event.httpMethod} ${path}`);
    const place = { route: `${route.method} ${route.path}` };
    if (!isAllowed(actor.role, route.role)) return { ...refused(403, 'forbidden', `this needs a token of role ${route.role}`), ...place };
    const read = jsonBodyOf(event, bodyLimitBytes);
    if (read.outcome === 'too-large') return { ...refused(413, 'too-large', `a body has at most ${bodyLimitBytes} bytes`), ...place };
    if (read.outcome === 'no-json') return { ...refused(400, 'no-json', 'the body is not JSON'), ...place };
    const params = Object.fromEntries(Object.entries(found ?? {}).map(([name, value]) => [name, decoded(String(value))]));
    const answer = await route.answer({ params, query: event.queryStringParameters ?? {}, body: read.body, actor });
    return { ...answer, ...place, ids: idsOf(params) };
  };
};
