import type { Context } from 'aws-lambda';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { memoryStores } from '../../../layers/adapters/fakes/stores';
import { answered, refused, route } from '../../../layers/core/api/http';
import { StoreBusyError } from '../../../layers/core/errors';
import { apiLambda, type ProxyResult } from '../../../layers/runtime/api-lambda';
import { captureLog } from './log';

const log = captureLog();
const { tokens } = memoryStores();
const context = { awsRequestId: 'from-context' } as Context;

const routes = [
  route({ method: 'GET', path: '/sources', role: 'viewer', handle: async ({ actor }) => answered({ hello: actor.name }) }),
  route({
    method: 'GET',
    path: '/sources/:sourceId',
    role: 'viewer',
    params: z.object({ sourceId: z.string() }),
    query: z.object({ limit: z.coerce.number().max(5).default(1) }),
    handle: async ({ params, query }) => answered({ ...params, ...query }),
  }),
  route({
    method: 'POST',
    path: '/sources',
    role: 'operator',
    body: z.strictObject({ ids: z.array(z.string()) }),
    handle: async ({ body }) => answered({ added: body.ids }, 201),
  }),
  route({ method: 'GET', path: '/missing', role: 'viewer', handle: async () => refused(404, 'no-such-source', 'it is not there') }),
  route({ method: 'GET', path: '/busy', role: 'viewer', handle: () => Promise.reject(new StoreBusyError('inner detail')) }),
  route({ method: 'GET', path: '/broken', role: 'viewer', handle: () => Promise.reject(new Error('inner detail')) }),
  route({ method: 'GET', path: '/broken-record', role: 'viewer', handle: async () => answered(z.string().parse(1)) }),
];
const handler = apiLambda(z.object({}), () => ({ tokens, routes, bodyLimitBytes: 40 }));

beforeAll(async () => {
  for (const role of ['viewer', 'operator', 'site'] as const) {
    const tokenHash = createHash('sha256').update(`${role}-token`).digest('hex');
    await tokens.put({ tokenHash, name: `a ${role}`, role, createdAt: '2026-11-21T08:00:00.000Z' });
  }
});

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly authorization?: string | null;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly query?: Readonly<Record<string, string>>;
}
const call = ({
  method = 'GET',
  path,
  authorization = 'Bearer operator-token',
  body,
  isBase64Encoded,
  query,
}: Call): Promise<ProxyResult> =>
  handler(
    {
      httpMethod: method,
      path,
      headers: authorization === null ? null : { AUTHORIZATION: authorization },
      queryStringParameters: query ?? null,
      body: body ?? null,
      isBase64Encoded,
      requestContext: { stage: 'prod', requestId: 'request-1' },
    },
    context,
  );
const errorOf = ({ body }: ProxyResult): unknown => (JSON.parse(body) as { error: unknown }).error;

test.each<{ name: string; call: Call; status: number; code: string }>([
  { name: 'no token', call: { path: '/sources', authorization: null }, status: 401, code: 'unauthorized' },
  { name: 'another scheme', call: { path: '/sources', authorization: 'Basic b3BlcmF0b3I6' }, status: 401, code: 'unauthorized' },
  { name: 'an unknown token', call: { path: '/sources', authorization: 'Bearer nobody' }, status: 401, code: 'unauthorized' },
  { name: 'no token, on a path that is none', call: { path: '/none', authorization: null }, status: 401, code: 'unauthorized' },
  {
    name: 'a viewer who wants to write',
    call: { method: 'POST', path: '/sources', authorization: 'Bearer viewer-token', body: 'not even json' },
    status: 403,
    code: 'forbidden',
  },
  { name: 'a site', call: { path: '/sources', authorization: 'Bearer site-token' }, status: 403, code: 'forbidden' },
  { name: 'a path that is none', call: { path: '/none' }, status: 404, code: 'no-such-route' },
  { name: 'a method that is none', call: { method: 'DELETE', path: '/sources' }, status: 404, code: 'no-such-route' },
  { name: 'a body that is no JSON', call: { method: 'POST', path: '/sources', body: '{' }, status: 400, code: 'no-json' },
  {
    name: 'a body that is too large',
    call: { method: 'POST', path: '/sources', body: `"${'x'.repeat(40)}"` },
    status: 413,
    code: 'too-large',
  },
  { name: 'a body of another form', call: { method: 'POST', path: '/sources', body: '{"ids":[1]}' }, status: 422, code: 'invalid-request' },
  { name: 'no body where one is asked for', call: { method: 'POST', path: '/sources' }, status: 422, code: 'invalid-request' },
  { name: 'a query of another form', call: { path: '/sources/taxon:1', query: { limit: '9' } }, status: 422, code: 'invalid-request' },
  { name: 'what the handler refuses', call: { path: '/missing' }, status: 404, code: 'no-such-source' },
  { name: 'a table that is busy', call: { path: '/busy' }, status: 503, code: 'unavailable' },
  { name: 'a fault inside', call: { path: '/broken' }, status: 500, code: 'internal' },
  { name: 'a broken record inside', call: { path: '/broken-record' }, status: 500, code: 'internal' },
])('$name is answered $status with its code and the request id, and nothing from inside', async ({ call: wanted, status, code }) => {
  const result = await call(wanted);
  expect(result.statusCode).toBe(status);
  expect(errorOf(result)).toMatchObject({ code, requestId: 'request-1', message: expect.any(String) as string });
  expect(result.headers['x-request-id']).toBe('request-1');
  expect(result.body).not.toContain('inner detail');
  expect(result.body).not.toContain('stack');
});

test.each<{ name: string; call: Call; body: unknown }>([
  { name: 'a viewer reads', call: { path: '/sources', authorization: 'Bearer viewer-token' }, body: { hello: 'a viewer' } },
  {
    name: 'the scheme is read in any case',
    call: { path: '/sources', authorization: 'bearer operator-token' },
    body: { hello: 'a operator' },
  },
  { name: 'a stage in the path is left out', call: { path: '/prod/sources' }, body: { hello: 'a operator' } },
  { name: "an emulator's prefix is left out", call: { path: '/_aws/execute-api/abc/prod/sources/' }, body: { hello: 'a operator' } },
  { name: "the other emulator's too", call: { path: '/restapis/abc/prod/_user_request_/sources' }, body: { hello: 'a operator' } },
  {
    name: 'parameters are decoded',
    call: { path: '/sources/taxon%3A562', query: { limit: '2' } },
    body: { sourceId: 'taxon:562', limit: 2 },
  },
  { name: 'a percent sign that encodes nothing is kept', call: { path: '/sources/100%' }, body: { sourceId: '100%', limit: 1 } },
  { name: 'a body is parsed', call: { method: 'POST', path: '/sources', body: '{"ids":["562"]}' }, body: { added: ['562'] } },
  {
    name: 'a body in base64 is decoded first',
    call: { method: 'POST', path: '/sources', body: Buffer.from('{"ids":["é"]}').toString('base64'), isBase64Encoded: true },
    body: { added: ['é'] },
  },
])('$name', async ({ call: wanted, body }) => {
  const result = await call(wanted);
  expect(JSON.parse(result.body)).toEqual(body);
  expect(result.statusCode).toBeLessThan(300);
});

test('a request of another form names every field that is wrong', async () => {
  const result = await call({ method: 'POST', path: '/sources', body: '{"ids":[1,2],"more":1}' });
  const { details } = errorOf(result) as { details: readonly { at: string }[] };
  expect(details.map(({ at }) => at)).toEqual(['body.ids.0', 'body.ids.1', 'body']);
});

test('a request is one line with who, what and how it ended, without token, query or body', async () => {
  await call({ path: '/sources/taxon:562', query: { limit: '3' } });
  const lines = log();
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    place: 'GET /sources/:sourceId',
    sourceId: 'taxon:562',
    status: 200,
    actor: 'a operator',
  });
  expect(lines[0]).not.toContain('operator-token');
  expect(lines[0]).not.toContain('limit');
});
