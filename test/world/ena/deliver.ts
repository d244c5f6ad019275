import { createReadStream, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from './control-schema';
import type { OpenRequest } from './world';

/** An answer ready to go out; a slice of a file goes from `from` to `to`, both included. */
export interface Outgoing {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly text: string } | { readonly diskPath: string; readonly from: number; readonly to: number };
}
export interface Delivery {
  readonly response: ServerResponse;
  readonly request: OpenRequest;
  /** Aborted when the stand-in stops or the client goes away: nothing waits on. */
  readonly signal: AbortSignal;
}

/** Sends the answer, as the fault distorts it. */
export async function deliver(delivery: Delivery, outgoing: Outgoing, fault: Fault | undefined): Promise<void> {
  switch (fault?.kind) {
    case 'reset':
      delivery.response.socket?.resetAndDestroy();
      return;
    case 'slow':
      await delay(fault.seconds * 1000, undefined, { signal: delivery.signal });
      return send(delivery, outgoing);
    case 'stall':
      if ('diskPath' in outgoing.body) await sendHalf(delivery, outgoing);
      await delay(fault.seconds * 1000, undefined, { signal: delivery.signal });
      delivery.response.socket?.destroySoon();
      return;
    case 'cut':
      await sendHalf(delivery, outgoing);
      delivery.response.socket?.destroySoon();
      return;
    case 'truncated':
      sendBytes(delivery, outgoing, firstHalf(contentOf(outgoing)));
      return;
    case 'wrong-bytes':
      sendBytes(delivery, outgoing, inverted(contentOf(outgoing)));
      return;
    default:
      return send(delivery, replaced(outgoing, fault));
  }
}

function replaced(outgoing: Outgoing, fault: Fault | undefined): Outgoing {
  switch (fault?.kind) {
    case 'zero-bytes':
      return { ...outgoing, status: 200, body: { text: '' } };
    case 'no-content':
      return { ...outgoing, status: 204, body: { text: '' } };
    case 'json-error':
      return {
        status: fault.status,
        headers: { 'content-type': 'application/json' },
        body: { text: JSON.stringify({ message: fault.message }) },
      };
    case 'status': {
      const { status, isHtml, retryAfterSeconds } = fault;
      const words = status === 429 ? 'Too Many Requests' : `Error ${status}`;
      const headers = { 'content-type': isHtml ? 'text/html' : 'text/plain' };
      return {
        status,
        headers: retryAfterSeconds === undefined ? headers : { ...headers, 'retry-after': String(retryAfterSeconds) },
        body: {
          text: isHtml ? `<!DOCTYPE html><html><head><title>${words}</title></head><body><h1>${words}</h1></body></html>\n` : `${words}\n`,
        },
      };
    }
    default:
      return outgoing;
  }
}

async function send(delivery: Delivery, outgoing: Outgoing): Promise<void> {
  const { body } = outgoing;
  if ('text' in body) {
    sendBytes(delivery, outgoing, Buffer.from(body.text));
    return;
  }
  const { response, request } = delivery;
  open(delivery, outgoing, body.to - body.from + 1);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const stream = createReadStream(body.diskPath, { start: body.from, end: body.to });
  stream.on('data', (chunk) => (request.bytesSent += chunk.length));
  await pipeline(stream, response);
}

function sendBytes(delivery: Delivery, outgoing: Outgoing, content: Buffer): void {
  open(delivery, outgoing, content.length);
  if (delivery.request.method === 'HEAD') {
    delivery.response.end();
    return;
  }
  delivery.request.bytesSent += content.length;
  delivery.response.end(content);
}

/** The length of the whole is promised, half of it is handed to the connection. */
async function sendHalf(delivery: Delivery, outgoing: Outgoing): Promise<void> {
  const content = contentOf(outgoing);
  const half = firstHalf(content);
  open(delivery, outgoing, content.length);
  delivery.response.flushHeaders();
  delivery.request.bytesSent += half.length;
  await new Promise<void>((resolve) => delivery.response.write(half, () => resolve()));
}

function open({ response, request }: Delivery, { status, headers }: Outgoing, bytes: number): void {
  request.status = status;
  response.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': String(bytes) });
}

function contentOf({ body }: Outgoing): Buffer {
  return 'text' in body ? Buffer.from(body.text) : readFileSync(body.diskPath).subarray(body.from, body.to + 1);
}

function firstHalf(content: Buffer): Buffer {
  return content.subarray(0, Math.floor(content.length / 2));
}

function inverted(content: Buffer): Buffer {
  return Buffer.from(content.map((byte) => byte ^ 0xff));
}
