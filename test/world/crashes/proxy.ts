import { createServer, request as ask, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { connectedProcess, environmentOf } from '../aws/processes';
import { effectCounter, type Counter } from './counter';
import { awsEffect, digitalOceanEffect, gateEffect, subjectOf } from './effects';

/** The variable that every function carries its name in. */
const NAME_VARIABLE = 'AWS_SDK_UA_APP_ID';

/** What the functions speak to, once it stands. */
export interface Behind {
  /** The emulator's state folder: its functions' processes carry it. */
  readonly mark: string;
  readonly aws: string;
  readonly digitalOcean: string | undefined;
  /** Of the head node's sshd. */
  readonly sshPort: number;
}
/**
 * Stands between the functions and all that they change: AWS, the provider, the gate. Everything passes; where an effect has come to be after which its function is
 * to end, that one process is killed before it hears of it.
 */
export interface CrashProxy extends Counter {
  /** What functions are given as `AWS_ENDPOINT_URL`, and as the provider's address. */
  readonly awsUrl: string;
  readonly digitalOceanUrl: string;
  /** Where `tell-gate.py` says what the gate has done. */
  readonly gateUrl: string;
  standBefore(behind: Behind): void;
  stop(): Promise<void>;
}

interface FunctionProcess {
  readonly pid: number;
  readonly fn: string;
  /** The study that its last call named. */
  subject?: string;
}
interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const listen = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** What belongs to one connection. */
const OF_CONNECTION: ReadonlySet<string> = new Set(['connection', 'transfer-encoding', 'expect', 'content-length']);
const carried = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_CONNECTION.has(name)));

/** As it came, `Host` too: it is part of what is signed. */
function forward(base: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  const { hostname, port } = new URL(base);
  const length = { 'content-length': String(body.length) };
  return new Promise((resolve, reject) => {
    const passing = ask({ hostname, port, method, path: url, headers: { ...carried(headers), ...length } }, (response) => {
      buffer(response).then((whole) => resolve({ status: response.statusCode ?? 502, headers: response.headers, body: whole }), reject);
    });
    passing.on('error', reject).end(body);
  });
}

function answer(response: ServerResponse, { status, headers, body }: Answer, method: string | undefined): void {
  const length = method === 'HEAD' ? (headers['content-length'] ?? '0') : String(body.length);
  response.writeHead(status, { ...carried(headers), 'content-length': length }).end(body);
}

class Watch {
  readonly counter = effectCounter();
  behind: Behind | undefined;
  private readonly known = new Map<number, FunctionProcess>();
  private readonly sockets = new WeakMap<Socket, FunctionProcess | null>();

  /** The function that a connection comes from; null for anybody else. */
  by(socket: Socket, port: number): FunctionProcess | null {
    const known = this.sockets.get(socket);
    if (known !== undefined) return known;
    const found = this.at(socket.remotePort ?? 0, port);
    this.sockets.set(socket, found);
    return found;
  }

  at(from: number, to: number): FunctionProcess | null {
    const pid = this.behind === undefined ? undefined : connectedProcess(this.behind.mark, from, to);
    const fn = pid === undefined ? undefined : environmentOf(pid)[NAME_VARIABLE];
    if (pid === undefined || fn === undefined) return null;
    const found = this.known.get(pid) ?? { pid, fn };
    this.known.set(pid, found);
    return found;
  }

  /** @returns whether its process was ended */
  ends(by: FunctionProcess | null, effect: string | undefined): boolean {
    if (by === null || effect === undefined || !this.counter.count(by.fn, by.subject, effect)) return false;
    this.known.delete(by.pid);
    // Each has a session of its own.
    process.kill(-by.pid, 'SIGKILL');
    return true;
  }

  heard(by: FunctionProcess | null, ...texts: readonly string[]): void {
    const subject = subjectOf(...texts);
    if (by !== null && subject !== undefined) by.subject = subject;
  }
}

type Passing = (request: IncomingMessage, response: ServerResponse, port: number) => Promise<void>;

/** Passes calls on to `target`; `effect` says which of them change something. */
const between =
  (watch: Watch, target: () => string | undefined, effect: (request: IncomingMessage) => string | undefined): Passing =>
  async (request, response, port) => {
    const base = target();
    if (base === undefined) return void response.writeHead(503).end();
    const body = await buffer(request);
    const by = watch.by(request.socket, port);
    watch.heard(by, request.url ?? '', body.length < 1_000_000 ? body.toString('latin1') : '');
    const came = await forward(base, request, body);
    if (came.status < 300 && watch.ends(by, effect(request))) response.destroy();
    else answer(response, came, request.method);
  };

/** `POST /<port of the connection>/<verb>` with what the gate was asked. */
const tellings =
  (watch: Watch): Passing =>
  async (request, response) => {
    const [, port = '', verb = ''] = (request.url ?? '').split('/');
    const by = watch.at(Number(port), watch.behind?.sshPort ?? 0);
    watch.heard(by, (await buffer(request)).toString('latin1'));
    watch.ends(by, gateEffect(verb));
    response.writeHead(204).end();
  };

const serverOf = (pass: Passing): Server => {
  // Whatever goes wrong here is a broken connection to the function, which it has to bear.
  const server: Server = createServer((request, response) => void pass(request, response, portOf(server)).catch(() => response.destroy()));
  // Clients of the SDK keep connections for longer than Node does by default.
  server.keepAliveTimeout = 0;
  return server;
};

/** Listens on 127.0.0.1 until stopped; what comes before it stands before something is answered 503. */
export async function startCrashProxy(): Promise<CrashProxy> {
  const watch = new Watch();
  const target = (request: IncomingMessage): string | undefined => {
    const named = request.headers['x-amz-target'];
    return typeof named === 'string' ? named : undefined;
  };
  const servers = [
    serverOf(
      between(
        watch,
        () => watch.behind?.aws,
        (request) => awsEffect({ method: request.method ?? '', path: request.url ?? '', target: target(request) }),
      ),
    ),
    serverOf(
      between(
        watch,
        () => watch.behind?.digitalOcean,
        ({ method, url }) => digitalOceanEffect(method ?? '', url ?? ''),
      ),
    ),
    serverOf(tellings(watch)),
  ];
  await Promise.all(servers.map(listen));
  const [awsUrl = '', digitalOceanUrl = '', gateUrl = ''] = servers.map((server) => `http://127.0.0.1:${portOf(server)}`);
  return {
    ...watch.counter,
    ...{ awsUrl, digitalOceanUrl, gateUrl },
    standBefore: (behind) => {
      watch.behind = behind;
    },
    stop: async () => {
      await Promise.all(servers.map(close));
    },
  };
}
