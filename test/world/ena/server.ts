import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type EnaControl, enaControl } from './control';
import { answerControl } from './control-routes';
import { deliver, type Delivery, type Outgoing } from './deliver';
import { answerFile } from './files';
import { type AnswerPortal, createPortal } from './portal';
import { seededRandom, shuffled } from './random';
import { loadTaxonomy, type Taxonomy } from './taxonomy';
import { readBody } from '../stand-in';
import { World } from './world';

export interface EnaOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Where generated files are kept; may be shared between worlds and over time. */
  readonly filesDir: string;
  /** Size of all served files together: 200 MB unless told. */
  readonly totalBytes?: number;
  /** Of the reads and of the order of rows. */
  readonly seed?: number;
  readonly statePath?: string | undefined;
}
/** A running stand-in. */
export interface Ena {
  readonly url: string;
  readonly port: number;
  readonly control: EnaControl;
  /** Ends open connections and stops listening; a second call does nothing. */
  stop(): Promise<void>;
}
interface Site {
  readonly world: World;
  readonly taxonomy: Taxonomy;
  readonly portal: AnswerPortal;
  readonly stopping: AbortSignal;
}

const PORTAL = '/ena/portal/api/';
const TAX_ID = '/ena/taxonomy/rest/tax-id/';
const MAX_BODY_BYTES = 10_000_000;

/** Starts the stand-in for ENA: Portal API, taxonomy, files and the control, all at one address. Rejects when the port is taken. */
export async function startEna(options: EnaOptions): Promise<Ena> {
  const { port = 0, host = '127.0.0.1', filesDir, totalBytes = 200_000_000, seed = 1, statePath } = options;
  const dataDirectory = join(__dirname, 'data');
  const world = new World({ dataDirectory, filesDir, totalBytes, seed, statePath, now: () => new Date() });
  const taxonomy = loadTaxonomy(dataDirectory);
  const random = seededRandom(seed);
  const portal = createPortal({
    get archive() {
      return world.archive;
    },
    settings: () => world.settings,
    shuffle: (rows) => shuffled(rows, random),
    taxonomy,
    dataDirectory,
  });
  const stopping = new AbortController();
  const site: Site = { world, taxonomy, portal, stopping: stopping.signal };
  // Idle connections are the client's to close: after a large answer, a server that has just come to it would cut a request on its way.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => void serve(site, request, response));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const actual = (server.address() as AddressInfo).port;
  const url = `http://${host}:${actual}`;
  const stop = (): Promise<void> => {
    stopping.abort();
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  };
  return { url, port: actual, control: enaControl(url), stop };
}

async function serve(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    const url = new URL(request.url ?? '/', 'http://ena.invalid');
    const method = request.method ?? 'GET';
    if (!url.pathname.startsWith('/_control/')) {
      await answer(site, { request, response, url, method, body });
      return;
    }
    const { status, body: told } = answerControl(site.world, method, url.pathname, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(told));
  } catch (error) {
    // A client that went away, or the stop: nobody is left to be told.
    if (response.destroyed || site.stopping.aborted) return;
    console.error(error);
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end('ERROR: Something unexpected went wrong please try again.');
  }
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly method: string;
  readonly body: string;
}

async function answer({ world, taxonomy, portal, stopping }: Site, { request, response, url, method, body }: Call): Promise<void> {
  const parameters = new URLSearchParams(url.search);
  for (const [name, value] of new URLSearchParams(isForm(request) ? body : '')) parameters.set(name, value);
  const path = url.pathname;
  const noted = world.note({ method, path, query: Object.fromEntries(parameters), range: request.headers.range ?? null });
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const delivery: Delivery = { response, request: noted, signal: AbortSignal.any([stopping, gone.signal]) };
  const isRead = method === 'GET' || method === 'HEAD';
  if (path.startsWith(PORTAL) && (isRead || method === 'POST')) {
    const fault = world.takeFault('portal', noted);
    const reply = portal(path.slice(PORTAL.length), parameters, fault);
    return deliver(delivery, textual(reply.status, reply.contentType, reply.body), fault);
  }
  if (path.startsWith(TAX_ID) && isRead) {
    const found = taxonomy.find(path.slice(TAX_ID.length));
    const outgoing =
      found === undefined ? textual(200, 'text/plain', 'No results.') : textual(200, 'application/json', JSON.stringify(found));
    return deliver(delivery, outgoing, world.takeFault('taxonomy', noted));
  }
  if (path.startsWith('/vol1/') && isRead) {
    return deliver(delivery, answerFile(world.archive.file(path), request.headers), world.takeFault('files', noted));
  }
  return deliver(delivery, textual(404, 'text/plain', 'Not Found'), undefined);
}

function textual(status: number, contentType: string, text: string): Outgoing {
  return { status, headers: { 'content-type': contentType }, body: { text } };
}

function isForm(request: IncomingMessage): boolean {
  return request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
}
