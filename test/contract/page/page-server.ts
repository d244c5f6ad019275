import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { pageHtml } from '../../../infra/build/bundle-page';
import { pageAnswer } from '../../../layers/core/api/page-answer';
import { memoryApi, type MemoryApi } from '../../unit/functions/serve-api/api';

/** Below a prefix of the kind that emulators have: the page must not believe that it stands at the root. */
const BASE = '/_aws/execute-api/abc123/v1';

export interface PageServer {
  /** Address of the page, without a slash at its end. */
  readonly url: string;
  readonly api: MemoryApi;
  /** Questions to the API so far. */
  readonly asked: () => number;
  /** How it answers from now on; `gone` hangs up. */
  behave(how: 'well' | 'gone' | 'failing' | 'forgot-tokens'): void;
  stop(): Promise<void>;
}

const roleOf = (authorization: string | undefined) => {
  const role = /^Bearer (viewer|operator|site)-token$/.exec(authorization ?? '')?.[1];
  return role === 'viewer' || role === 'operator' || role === 'site' ? role : 'unknown';
};

/** The page as the stack serves it, over the real API on stores in memory. */
export async function startPageServer(): Promise<PageServer> {
  const api = await memoryApi();
  const page = pageAnswer(pageHtml(resolve(__dirname, '../../..')));
  let how: Parameters<PageServer['behave']>[0] = 'well';
  let asked = 0;
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(BASE.length);
    if (path === '' || path === '/') {
      response.writeHead(page.statusCode, page.headers).end(page.body);
      return;
    }
    asked += 1;
    if (how === 'gone') {
      request.socket.destroy();
      return;
    }
    if (how === 'failing') {
      response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{"code":"unavailable","message":"later"}}');
      return;
    }
    const role = how === 'forgot-tokens' ? 'unknown' : roleOf(request.headers.authorization);
    void api.call(request.method ?? 'GET', path, { role }).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${BASE}`,
    api,
    asked: () => asked,
    behave: (wanted) => void (how = wanted),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
