import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digitalOcean } from '../../../layers/adapters/digitalocean/client';

const TOKEN = 'dop_v1_secret';
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** A client of a server that answers as it is told. */
async function served(answer: (request: IncomingMessage, response: ServerResponse) => void, timeoutSeconds = 20) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    answer(request, response);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let nowMs = 1_800_000_000_000;
  const client = digitalOcean({ apiUrl, token: async () => TOKEN, timeoutSeconds, nowMs: () => nowMs });
  return { client, asked, apiUrl, pass: (seconds: number) => void (nowMs += seconds * 1000) };
}
const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  (_: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const droplet = (id: number) => ({ id, name: `d${id}`, status: 'active' });
const wanted = { name: 'd', size: 's-1vcpu-1gb', image: 'ubuntu-24-04-x64' };

test.each([
  ['is cut', (_: IncomingMessage, response: ServerResponse) => void response.destroy()],
  ['breaks off', (_: IncomingMessage, response: ServerResponse) => void (response.write('{"droplet":'), response.socket?.end())],
  ['is an error of the server', json(500, { id: 'server_error', message: 'Unexpected server-side error' })],
  ['is no JSON', (_: IncomingMessage, response: ServerResponse) => void response.writeHead(202).end('<html>')],
  ['lacks what is needed', json(202, { droplet: { name: 'd' } })],
  ['sends elsewhere', json(302, {}, { location: 'http://127.0.0.1:9/' })],
])('a create whose answer %s may have been carried out', async (_, answer) => {
  const { client, asked } = await served(answer);
  expect(await client.createDroplet(wanted)).toMatchObject({ outcome: 'unknown' });
  expect(asked).toEqual(['POST /v2/droplets']);
});

test('a create that is not answered in time may have been carried out', async () => {
  const { client } = await served(() => undefined, 0.2);
  expect(await client.createDroplet(wanted)).toMatchObject({ outcome: 'unknown' });
});

test('a create that found nobody listening was not carried out', async () => {
  const { client } = await served(() => undefined);
  const server = servers.at(-1);
  server?.close();
  await once(server!, 'close');
  expect(await client.createDroplet(wanted)).toMatchObject({ outcome: 'failed', reason: 'unreachable' });
});

test.each([
  [401, 'Unable to authenticate you.', 'token-refused'],
  [403, 'You do not have permission to perform this action.', 'token-refused'],
  [422, 'creating this/these droplet(s) will exceed your droplet limit', 'droplet-limit'],
  [422, 'Region is not available', 'region-unavailable'],
  [422, 'Size is not available in this region.', 'size-unavailable'],
  [422, "Size is too large to fit on your droplet's server", 'size-unavailable'],
  [422, 'Droplet already has a pending event.', 'pending-event'],
  [422, 'You specified an invalid image for Droplet creation.', 'rejected'],
])('HTTP %i "%s" is %s', async (status, message, reason) => {
  const { client } = await served(json(status, { id: 'whatever', message }));
  expect(await client.createDroplet(wanted)).toEqual({ outcome: 'failed', reason, status, detail: `HTTP ${status} ${message}` });
});

test('only DigitalOcean itself can say that there is no such droplet', async () => {
  const { client } = await served(json(404, { id: 'not_found', message: 'The resource you requested could not be found.' }));
  expect(await client.getDroplet(1)).toMatchObject({ outcome: 'failed', reason: 'not-found' });
  const { client: lost } = await served((_, response) => void response.writeHead(404).end('no such page'));
  expect(await lost.getDroplet(1)).toMatchObject({ outcome: 'unknown' });
});

test('a list is read to its last page, and is unknown when a page does not come', async () => {
  let fails = false;
  const { client, asked } = await served((request, response) => {
    const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('page'));
    const links = page < 3 ? { pages: { next: 'http://elsewhere.example.org/steal' } } : {};
    json(fails && page === 3 ? 500 : 200, { droplets: [droplet(page)], links, meta: { total: 3 } })(request, response);
  });
  const listed = await client.dropletsByTag('trawl-one');
  expect(listed.outcome === 'done' && listed.value.map(({ id }) => id)).toEqual([1, 2, 3]);
  expect(asked).toEqual([1, 2, 3].map((page) => `GET /v2/droplets?tag_name=trawl-one&per_page=200&page=${page}`));
  fails = true;
  expect(await client.dropletsByTag('trawl-one')).toMatchObject({ outcome: 'unknown' });
});

test('a list from which something was removed while it was read is unknown', async () => {
  const { client } = await served((request, response) => {
    const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('page'));
    const links = page < 2 ? { pages: { next: 'x' } } : {};
    json(200, { droplets: [droplet(page)], links, meta: { total: 3 } })(request, response);
  });
  expect(await client.dropletsByTag('trawl-one')).toMatchObject({ outcome: 'unknown' });
});

test('the last calls of an hour are kept for looking at single droplets and for destroying them', async () => {
  const headers = { 'ratelimit-limit': '5000', 'ratelimit-remaining': '199', 'ratelimit-reset': String(1_800_000_060) };
  const { client, asked, pass } = await served(json(200, { droplet: droplet(1), droplets: [] }, headers));
  await client.getDroplet(1);
  expect(client.limits()).toEqual({ limit: 5000, remaining: 199, resetSeconds: 1_800_000_060 });
  const held = { outcome: 'failed', reason: 'rate-limited', retryAfterSeconds: 60 };
  expect(await client.dropletsByTag('trawl-one')).toMatchObject(held);
  expect(await client.createDroplet(wanted)).toMatchObject(held);
  expect(await client.getDroplet(1)).toMatchObject({ outcome: 'done' });
  expect(await client.deleteDroplet(1)).toMatchObject({ outcome: 'done' });
  expect(asked.map((line) => line.split(' ')[0])).toEqual(['GET', 'GET', 'DELETE']);
  pass(60);
  expect(await client.dropletsByTag('trawl-one')).toMatchObject({ outcome: 'done' });
});

test('who is told to wait does not ask before', async () => {
  const { client, asked } = await served(
    json(429, { id: 'too_many_requests', message: 'API rate limit exceeded.' }, { 'retry-after': '29' }),
  );
  expect(await client.account()).toMatchObject({ outcome: 'failed', reason: 'rate-limited', retryAfterSeconds: 29 });
  expect(await client.account()).toMatchObject({ outcome: 'failed', reason: 'rate-limited', retryAfterSeconds: 29 });
  expect(asked).toHaveLength(1);
});

test.each([
  ['cannot be read', async () => Promise.reject(new Error(`SSM said ${TOKEN}`))],
  ['is no token', async () => `${TOKEN}\n${TOKEN}`],
])('a token that %s is not sent and not told', async (_, token) => {
  const { apiUrl, asked } = await served(json(200, {}));
  const answer = await digitalOcean({ apiUrl, token }).account();
  expect(answer).toMatchObject({ outcome: 'failed', reason: 'token-unreadable' });
  expect(JSON.stringify(answer)).not.toContain(TOKEN);
  expect(asked).toEqual([]);
});

test('what the account may have is told', async () => {
  const { client } = await served(json(200, { account: { droplet_limit: 25, status: 'active' } }));
  expect(await client.account()).toEqual({ outcome: 'done', value: { droplet_limit: 25, status: 'active' } });
});
