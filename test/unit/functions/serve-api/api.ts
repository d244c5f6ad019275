import type { Context } from 'aws-lambda';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { serveApiRoutes } from '../../../../functions/serve-api/handler';
import { memoryMachines } from '../../../../layers/adapters/fakes/machines';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import type { Role } from '../../../../layers/core/records';
import { apiLambda } from '../../../../layers/runtime/api-lambda';

export const NOW = new Date('2026-11-21T10:00:00.000Z');
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}
export interface Call {
  readonly role?: Role | 'unknown' | 'none';
  readonly body?: unknown;
}

const MACHINES = ['heartbeat', 'check-source', 'process-batch', 'publish-source'];

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
    caps: { total: 9, pools: { scheduled: 9, manual: 9 }, providers: { slurm: 9 }, homeFreeBytesMin: 100, homeFactor: 1, cyclesAtOnce: 2 },
    defaults: { limits: { runs: 100, bytes: 1_000, dollars: 1 }, recheckSeconds: 3_600 },
    holdSeconds: 72 * 3600,
    newId: () => String((ids += 1)),
    warn: (message: string) => void warnings.push(message),
  };
  const routes = serveApiRoutes(deps);
  const handler = apiLambda(z.object({}), () => ({ tokens: stores.tokens, routes }));
  const call = async (method: string, target: string, { role = 'operator', body }: Call = {}): Promise<Answer> => {
    const url = new URL(target, 'http://api');
    const event = {
      httpMethod: method,
      // As it was sent: `URL` leaves percent signs as they are.
      path: url.pathname,
      headers: role === 'none' ? {} : { Authorization: `Bearer ${role}-token` },
      queryStringParameters: Object.fromEntries(url.searchParams),
      body: body === undefined ? null : JSON.stringify(body),
    };
    const answer = await handler(event, { awsRequestId: 'r1' } as Context);
    return { status: answer.statusCode, body: JSON.parse(answer.body) as unknown };
  };
  return { stores, machines, objects, warnings, routes, call };
}
export type MemoryApi = Awaited<ReturnType<typeof memoryApi>>;
