import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { readBody } from '../stand-in';

/** One message of a worker as it came by. `status` is the API's answer; null where the message was lost before it. */
export interface SeenCallback {
  readonly path: string;
  readonly jobId: string;
  /** `enrol`, or the kind in the envelope. */
  readonly kind: string;
  readonly body: string;
  readonly signature: string | undefined;
  readonly lost: 'request' | 'answer' | null;
  readonly status: number | null;
}

/** The next `times` messages of this kind from this job are lost: on their way there, or the answer on its way back. */
export interface Loss {
  readonly jobId: string;
  readonly kind: string;
  readonly what: 'request' | 'answer';
  /** Every one of them when left out. */
  readonly times?: number;
}

/** Stands between the workers and the API; everything passes but what it was told to lose. */
export interface CallbackProxy {
  /** What workers are given as the API's base URL. */
  readonly url: string;
  lose(loss: Loss): void;
  seen(jobId: string, kind: string): readonly SeenCallback[];
  stop(): Promise<void>;
}

/** Well above the 64 KB of a callback: one that is too long is for the API to refuse. */
const MAX_BODY_BYTES = 1024 * 1024;

const Message = z.object({ jobId: z.string(), kind: z.string().default('enrol') });

/** Listens on 127.0.0.1 until stopped. @param target the API's base URL */
export async function startCallbackProxy(target: string): Promise<CallbackProxy> {
  const { origin, pathname } = new URL(target);
  const losses: { loss: Loss; left: number }[] = [];
  const log: SeenCallback[] = [];
  const take = (jobId: string, kind: string): Loss['what'] | null => {
    const found = losses.find(({ loss, left }) => left > 0 && loss.jobId === jobId && loss.kind === kind);
    if (found) found.left -= 1;
    return found?.loss.what ?? null;
  };
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request, MAX_BODY_BYTES);
    const path = request.url ?? '/';
    const { jobId, kind } = Message.parse(JSON.parse(body));
    const signature = request.headers['x-trawl-signature'];
    const message = { path, jobId, kind, body, signature: typeof signature === 'string' ? signature : undefined };
    const lost = take(jobId, kind);
    if (lost === 'request') {
      log.push({ ...message, lost, status: null });
      response.destroy();
      return;
    }
    const headers = {
      'content-type': 'application/json',
      ...(message.signature !== undefined && { 'x-trawl-signature': message.signature }),
    };
    const answer = await fetch(origin + path, { method: 'POST', headers, body });
    const text = await answer.text();
    log.push({ ...message, lost, status: answer.status });
    if (lost === 'answer') response.destroy();
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  };
  // Whatever goes wrong is a lost message to the worker, which is what it is made for.
  const server = createServer((request, response) => void pass(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    lose: (loss) => void losses.push({ loss, left: loss.times ?? Number.POSITIVE_INFINITY }),
    seen: (jobId, kind) => log.filter((each) => each.jobId === jobId && each.kind === kind),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
