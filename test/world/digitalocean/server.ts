import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { routeOf } from './api';
import { type DigitalOceanControl, digitalOceanControl } from './control';
import { answerControl } from './control-routes';
import { type Fault, FIRST_SETTINGS, Settings } from './control-schema';
import type { Counted } from './rate-limit';
import { invalid, refusal, type Reply } from './recorded';
import { readBody } from '../stand-in';
import { World } from './world';

export interface DigitalOceanOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** The disks of droplets lie here, and end with the stand-in. Not shared between two that run. */
  readonly stateDir: string;
  /** What a caller must bear. */
  readonly token: string;
  readonly settings?: Partial<Settings>;
  /** For tests without sandboxes: milliseconds since 1970. */
  readonly now?: () => number;
}
/** A running stand-in. */
export interface DigitalOcean {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly control: DigitalOceanControl;
  /** Ends all droplets and connections, and stops listening; a second call does nothing. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const MAX_BODY_BYTES = 1_000_000;

/** Starts the stand-in for DigitalOcean: API and control, both at one address. Rejects when the port is taken. */
export async function startDigitalOcean(options: DigitalOceanOptions): Promise<DigitalOcean> {
  const { port = 0, stateDir, token, settings = {}, now = Date.now } = options;
  mkdirSync(stateDir, { recursive: true });
  rmSync(join(stateDir, 'disks'), { recursive: true, force: true }); // of one that was killed
  const world = new World(stateDir, Settings.parse({ ...FIRST_SETTINGS, ...settings }), now);
  const server = createServer((request, response) => void serve(world, token, request, response));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, HOST, resolve));
  const actual = (server.address() as AddressInfo).port;
  const url = `http://${HOST}:${actual}`;
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await Promise.all([closed, world.end()]);
  };
  return { url, port: actual, token, control: digitalOceanControl(url), stop };
}

async function serve(world: World, token: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', headers } = request;
  const url = new URL(request.url ?? '/', `http://${headers.host ?? HOST}`);
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    if (url.pathname.startsWith('/_control/')) send(response, await answerControl(world, method, url.pathname, body), {});
    else if (world.settings.unreachable) response.destroy();
    else await answerApi(world, { method, url, body, isKnown: headers.authorization === `Bearer ${token}` }, response);
  } catch (error) {
    if (response.destroyed) return; // the client went away
    console.error(error);
    if (response.headersSent) response.destroy();
    else send(response, refusal('server-error'), {});
  }
}

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  readonly isKnown: boolean;
}

async function answerApi(world: World, asked: Asked, response: ServerResponse): Promise<void> {
  const { method, url, body } = asked;
  const routed = routeOf(method, url.pathname);
  const operation = routed?.operation ?? null;
  const noted = world.note({ operation, method, path: url.pathname, query: Object.fromEntries(url.searchParams) });
  const counted = world.rateLimit.count(world.settings, world.now());
  const faults = asked.isKnown ? world.takeFaults(operation, `${method} ${url.pathname}${decodeURIComponent(url.search)} ${body}`) : [];
  noted.faults = faults.map((fault) => fault.kind);
  const has = <K extends Fault['kind']>(kind: K) => faults.find((fault): fault is Extract<Fault, { kind: K }> => fault.kind === kind);
  if (has('reset')) return void response.destroy();
  const refused = refusedAtTheDoor(asked, counted, faults);
  const reply = refused?.reply ?? (routed && (await orInvalid(() => routed.answer(world, { url, body, faults, id: routed.id }))));
  if (has('lose-reply')) return void response.destroy();
  const slow = has('slow');
  if (slow) await pause(slow.seconds * 1000);
  const answer = reply ?? refusal('not-found');
  noted.status = answer.status;
  send(response, answer, { ...counted.headers, 'x-request-id': randomUUID(), ...refused?.headers });
}

interface Refused {
  readonly reply: Reply;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is answered without a look at what was asked for. */
function refusedAtTheDoor({ isKnown }: Asked, { above, retryAfterSeconds }: Counted, faults: readonly Fault[]): Refused | undefined {
  if (!isKnown) return { reply: refusal('unauthorized') };
  const reply = refusal('rate-limited');
  if (above !== null) return { reply, headers: above === 'minute' ? { 'retry-after': String(retryAfterSeconds) } : {} };
  for (const fault of faults) {
    if (fault.kind === 'refuse') return { reply: refusal(fault.reason) };
    if (fault.kind !== 'rate-limit') continue;
    const { retryAfterSeconds: told } = fault;
    if (told !== undefined) return { reply, headers: { 'retry-after': String(told) } };
    return { reply, headers: { 'ratelimit-remaining': '0' } };
  }
  return undefined;
}

async function orInvalid(answer: () => Reply | Promise<Reply>): Promise<Reply> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof SyntaxError) return invalid('the body is no JSON');
    if (error instanceof z.ZodError) return invalid(z.prettifyError(error));
    throw error;
  }
}

function send(response: ServerResponse, { status, body }: Reply, headers: Readonly<Record<string, string>>): void {
  if (body === undefined) response.writeHead(status, headers).end();
  else response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(JSON.stringify(body));
}
