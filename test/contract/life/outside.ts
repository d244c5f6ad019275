/** What stands around an installation for the life of its batches: the archive, the bucket's links, and the address that workers and sites call. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { MemoryObjects } from '../../../layers/adapters/fakes/objects';
import type { PlannedRun } from '../../../layers/core/wire';

const FILE_BYTES = 50_000;
const BUCKET = 'https://bucket.example';

interface Served {
  readonly content: Buffer;
  /** Half of it comes, and the rest when it is let go. */
  held: boolean;
  readonly waiting: Set<() => void>;
}
export interface Answer {
  readonly status: number;
  readonly body: string;
}
interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}
export type Post = (path: string, body: Buffer, headers: IncomingMessage['headers']) => Promise<Answer>;

export interface Outside {
  readonly url: string;
  /** A run of one gzip file that the archive serves; `lacks`: its listing names it, and it is not there. */
  run(accession: string, as?: 'served' | 'lacking'): PlannedRun;
  /** The archive stops in the middle of its file, until it is let go. */
  hold(run: PlannedRun): void;
  letGo(run: PlannedRun): void;
  /** Whoever was given half of it has hung up or is still waiting. */
  waiting(run: PlannedRun): number;
  /** The links of these objects as they lead here. */
  readonly links: Pick<MemoryObjects, 'links' | 'getLink'>;
  stop(): Promise<void>;
}

const here = (url: string, base: string): string => url.replace(BUCKET, base);

function deliver(served: Served, response: ServerResponse): void {
  const { content, waiting } = served;
  response.writeHead(200, { 'content-length': content.length, 'accept-ranges': 'none' });
  if (!served.held) {
    response.end(content);
    return;
  }
  response.write(content.subarray(0, content.length / 2));
  const rest = (): void => void response.end(content.subarray(content.length / 2));
  waiting.add(rest);
  response.on('close', () => waiting.delete(rest));
}

/** Listens on 127.0.0.1 until stopped. @param post what is said to the installation */
export async function startOutside(objects: MemoryObjects, post: Post): Promise<Outside> {
  const files = new Map<string, Served>();
  const put = async (path: string, body: Buffer): Promise<Said> => {
    const md5 = await objects.send(`${BUCKET}${path}`, body);
    return { status: 200, headers: { etag: `"${md5}"` }, body: '' };
  };
  const get = (path: string): Said => {
    const content = objects.bytes(path.replace(/^\/get\//, ''));
    return content === undefined ? { status: 404, body: '' } : { status: 200, body: content };
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { url: path = '/', method, headers } = request;
    const served = files.get(path);
    if (served !== undefined) {
      deliver(served, response);
      return;
    }
    const body = await buffer(request);
    const said: Said = method === 'GET' ? get(path) : method === 'PUT' ? await put(path, body) : await post(path, body, headers);
    response.writeHead(said.status, said.headers).end(said.body);
  };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pathOf = ({ files: [file] }: PlannedRun): string => new URL(file?.url ?? url).pathname;
  const { links, getLink } = objects;
  const waitingAt = (run: PlannedRun): Served | undefined => files.get(pathOf(run));
  return {
    url,
    links: {
      links: {
        ...links,
        put: async (key, ...rest) => here(await links.put(key, ...rest), url),
        part: async (key, ...rest) => here(await links.part(key, ...rest), url),
      },
      getLink: async (key, ...rest) => here(await getLink(key, ...rest), url),
    },
    run: (accession, as = 'served') => {
      const content = gzipSync(randomBytes(FILE_BYTES).toString('base64'));
      const [name, md5] = [`${accession}.fastq.gz`, createHash('md5').update(content).digest('hex')];
      if (as === 'served') files.set(`/reads/${name}`, { content, held: false, waiting: new Set() });
      const filesHash = createHash('sha256').update(md5).digest('hex');
      return { accession, filesHash, files: [{ name, url: `${url}/reads/${name}`, bytes: content.length, md5 }], metadata: {} };
    },
    hold: (run) => void Object.assign(waitingAt(run) ?? {}, { held: true }),
    letGo: (run) => {
      const served = waitingAt(run);
      if (served === undefined) return;
      served.held = false;
      for (const rest of served.waiting) rest();
    },
    waiting: (run) => waitingAt(run)?.waiting.size ?? 0,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
