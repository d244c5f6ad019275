import { DEFAULT_FILTERS } from '../../../layers/core/filters/rules';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { main } from '../../../cli/main';
import { duckDbTables } from '../../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../../layers/adapters/duckdb/workspace';
import { listingRoutes } from '../../../layers/core/api/listing-routes';
import { previewRoute } from '../../../layers/core/api/filter-routes';
import { answered, refused, route, type Route } from '../../../layers/core/api/http';
import { SourceId } from '../../../layers/core/ids';
import { apiRouter } from '../../../layers/runtime/api-router';
import { aStage } from '../core/discovery/factories';
import { memoryApi, type MemoryApi } from '../functions/serve-api/api';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command in this process and takes what it printed. */
export async function trawl(...args: readonly string[]): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      printed[name] += String(text);
      return true;
    }),
  );
  try {
    return { code: await main(['node', 'trawl', ...args]), ...printed };
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
}

const RUNS = {
  items: [{ accession: 'ERR000001', state: 'excluded', rule: 'no-files', reason: 'ENA has no files of it' }],
  counts: { complete: 3, excluded: 1 },
};
const ROLES = { 'Bearer operator-token': 'operator', 'Bearer viewer-token': 'viewer' } as const;

export interface Installation {
  readonly api: MemoryApi;
  readonly url: string;
  /** `METHOD path` of every request, in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
  /** From now on nobody works on operations. */
  leaveOperations(): void;
}

/** The routes of the API over memory stores, behind a real HTTP server. Anything but `/v1` answers HTML, as another server would. */
export async function startInstallation(more: readonly Route[] = []): Promise<Installation> {
  const api = await memoryApi();
  let worksOnOperations = true;
  const requests: string[] = [];
  // query-runs takes ids in their stored form alone.
  const params = z.object({ sourceId: SourceId });
  const runs = route({ method: 'GET', path: '/sources/:sourceId/runs', role: 'viewer', params, handle: async () => answered(RUNS) });
  const tables = duckDbTables({ memoryMb: 128, threads: 1 });
  const listings = listingRoutes({ stores: api.stores, objects: api.objects, tables, withWorkspace: temporaryWorkspace });
  const preview = previewRoute({
    ...api,
    tables,
    withWorkspace: temporaryWorkspace,
    now: () => new Date(),
    stage: aStage(),
    filterDefaults: DEFAULT_FILTERS,
  });
  const serve = apiRouter([...more, runs, preview, ...listings, ...api.routes], 1 << 20);
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://api');
      requests.push(`${request.method ?? ''} ${pathname.replace('/v1', '')}`);
      if (!pathname.startsWith('/v1')) return void response.writeHead(404).end('<html>not found</html>');
      const role = ROLES[(request.headers.authorization ?? '') as keyof typeof ROLES] as 'operator' | 'viewer' | undefined;
      const event = {
        httpMethod: request.method ?? 'GET',
        path: pathname.replace('/v1', ''),
        queryStringParameters: Object.fromEntries(searchParams),
        body: Buffer.concat(chunks).toString(),
      };
      const answer = role === undefined ? refused(401, 'unauthorized', 'the token is not known') : serve(event, { name: 'ada', role });
      void Promise.resolve(answer)
        .then(async (done) => {
          if (worksOnOperations) await api.runOperations();
          return done;
        })
        .then(({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { api, url, requests, close, leaveOperations: () => void (worksOnOperations = false) };
}

/** An installation for each test of a file, which the environment names to the CLI. @returns what stands; to be called inside tests and later hooks only */
export function installationForEach(token: 'operator-token' | 'viewer-token' = 'operator-token'): () => Installation {
  const environment = { ...process.env };
  let standing: Installation | undefined;
  beforeEach(async () => {
    standing = await startInstallation();
    Object.assign(process.env, { TRAWL_URL: standing.url, TRAWL_TOKEN: token });
  });
  afterEach(async () => {
    process.env = { ...environment };
    await standing?.close();
  });
  return () => {
    if (standing === undefined) throw new Error('the installation does not stand');
    return standing;
  };
}
