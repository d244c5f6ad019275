import { DEFAULT_FILTERS } from '../../../../layers/core/filters/rules';
import type { Context } from 'aws-lambda';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { settleOperationHandler } from '../../../../functions/settle-operation/handler';
import { serveApiRoutes } from '../../../../functions/serve-api/handler';
import { memoryMachines } from '../../../../layers/adapters/fakes/machines';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { resolveSourcesHandler } from '../../../../functions/resolve-sources/handler';
import type { EnaPortal } from '../../../../layers/core/ports/ena';
import type { Role } from '../../../../layers/core/records';
import { apiLambda } from '../../../../layers/runtime/api-lambda';

export const NOW = new Date('2026-11-21T10:00:00.000Z');
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}
export interface Call {
  readonly role?: Role | 'unknown' | 'none';
  /** Instead of that of the role. */
  readonly token?: string;
  readonly body?: unknown;
}

const MACHINES = ['heartbeat', 'check-source', 'process-batch', 'publish-source'];

/** An ENA that has every taxon up to 10 million, one of them merged, and studies by both of their accessions. */
const ena: Pick<EnaPortal, 'study' | 'taxon'> = {
  taxon: async (taxId) => {
    if (taxId > 10_000_000) return { outcome: 'unknown' };
    const current = taxId === 66_666 ? 562 : taxId;
    return { outcome: 'found', taxId: current, scientificName: `Species ${current}`, rank: 'species' };
  },
  study: async (accession) => {
    if (['PRJEB28810', 'ERP111066'].includes(accession)) {
      return { outcome: 'found', primary: 'PRJEB28810', secondary: 'ERP111066', title: 'Chicken' };
    }
    return { outcome: 'unknown' };
  },
};

/** The API over stores in memory, called as API Gateway calls it. A path may carry a query. */
export async function memoryApi() {
  const stores = memoryStores();
  const machines = memoryMachines();
  const objects = memoryObjects();
  const warnings: string[] = [];
  for (const role of ['viewer', 'operator', 'site'] as const) {
    const tokenHash = createHash('sha256').update(`${role}-token`).digest('hex');
    await stores.tokens.put({ tokenHash, name: `a ${role}`, role, createdAt: NOW.toISOString() });
  }
  let ids = 0;
  const arn = (name: string) => `arn:aws:states:eu-west-2:123456789012:stateMachine:lab-${name}`;
  const deps = {
    ...{ stores, machines, objects, now: () => NOW, version: '1.2.3' },
    places: {
      installation: 'lab',
      cluster: { host: 'head', root: '/data/trawl' },
      bucket: 'lab-bucket',
      machines: Object.fromEntries(MACHINES.map((name) => [name, arn(name)])),
    },
    caps: {
      total: 9,
      pools: { scheduled: 9, manual: 9 },
      providers: { slurm: 9, site: 9 },
      homeFreeBytesMin: 100,
      homeFactor: 1,
      cyclesAtOnce: 2,
    },
    budget: { dollarsPerDay: 20, dollarsPerMonth: 200, timeZone: 'Europe/London' },
    holdSeconds: 72 * 3600,
    filterDefaults: DEFAULT_FILTERS,
    pipelines: { fetch: '0123456789ab', 'quality-control': 'ba9876543210' },
    newId: () => String((ids += 1)),
    linkTo: async (key: string) => `https://lab-bucket/${key}`,
    warn: (message: string) => void warnings.push(message),
  };
  const defaults = { limits: { runs: 100, bytes: 1_000, dollars: 1 }, recheckSeconds: 3_600 };
  const steps = {
    resolve: resolveSourcesHandler({ ...deps, defaults, ena, sleep: () => Promise.resolve() }),
    settle: settleOperationHandler(deps),
  };
  /** Does what the machine add-sources does for every operation that was begun. */
  const runOperations = async (): Promise<void> => {
    const running = await stores.operations.running(100);
    for (const { operationId } of running.filter(({ kind }) => kind === 'add-sources')) {
      await steps.resolve({ operationId });
      await steps.settle({ operationId });
    }
  };
  const routes = serveApiRoutes(deps);
  const handler = apiLambda(z.object({}), () => ({ tokens: stores.tokens, routes }));
  const call = async (method: string, target: string, { role = 'operator', token = `${role}-token`, body }: Call = {}): Promise<Answer> => {
    const url = new URL(target, 'http://api');
    const event = {
      httpMethod: method,
      // As it was sent: `URL` leaves percent signs as they are.
      path: url.pathname,
      headers: role === 'none' ? {} : { Authorization: `Bearer ${token}` },
      queryStringParameters: Object.fromEntries(url.searchParams),
      body: body === undefined ? null : JSON.stringify(body),
    };
    const answer = await handler(event, { awsRequestId: 'r1' } as Context);
    return { status: answer.statusCode, body: JSON.parse(answer.body) as unknown };
  };
  return { stores, machines, objects, warnings, routes, call, runOperations };
}
export type MemoryApi = Awaited<ReturnType<typeof memoryApi>>;
