import { setTimeout as delay } from 'node:timers/promises';
import { Agent, fetch, type Response } from 'undici';
import { ArchiveUnavailableError } from '../../core/errors';

export interface EnaTimeouts {
  readonly connectSeconds: number;
  /** Until the first byte: ENA collects large answers before it sends. */
  readonly answerSeconds: number;
  /** Longest silence within an answer. */
  readonly silenceSeconds: number;
}

/** One request at ENA, never repeated here. 200, 204 and 4xx (but 408 and 429) come back as responses. @throws ArchiveUnavailableError */
export type AskEna = (url: URL) => Promise<Response>;

const THROTTLED = [408, 429];

export function enaRequests({ connectSeconds, answerSeconds, silenceSeconds }: EnaTimeouts, pauseSeconds = 0): AskEna {
  const pace = pacer(pauseSeconds);
  const dispatcher = new Agent({
    connect: { timeout: connectSeconds * 1000 },
    headersTimeout: answerSeconds * 1000,
    bodyTimeout: silenceSeconds * 1000,
    // A held connection would keep a process that has finished alive.
    keepAliveTimeout: 1000,
  });
  return async (url) => {
    await pace();
    const response = await fetch(url, { dispatcher, headers: { 'user-agent': 'trawl', accept: '*/*' } }).catch((error: unknown) => {
      throw unavailable(url, reasonOf(error), undefined, error);
    });
    if (response.status < 500 && !THROTTLED.includes(response.status)) return response;
    const words = await response.text().catch(() => '');
    throw unavailable(
      url,
      `HTTP ${response.status} ${plain(words)}`.trim(),
      retryAfterSeconds(response.headers.get('retry-after'), Date.now()),
    );
  };
}

/** Waits until `pauseSeconds` have passed since the last start, also of calls that come at once. */
function pacer(pauseSeconds: number): () => Promise<void> {
  let next = 0;
  return async () => {
    const now = performance.now();
    const startsAt = Math.max(now, next);
    next = startsAt + pauseSeconds * 1000;
    if (startsAt > now) await delay(startsAt - now);
  };
}

/** The bytes as they come. @throws ArchiveUnavailableError when the connection breaks or falls silent */
export async function* bytesOf(url: URL, response: Response): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    throw unavailable(url, `the answer broke off: ${reasonOf(error)}`, undefined, error);
  }
}

export async function textOf(url: URL, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytesOf(url, response)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

export const unavailable = (url: URL, detail: string, retryAfter?: number, cause?: unknown): ArchiveUnavailableError =>
  new ArchiveUnavailableError(`${detail} (${url.origin}${url.pathname})`, retryAfter, cause === undefined ? {} : { cause });

/** Seconds, or a date as HTTP writes it; undefined when there is none that can be read. */
export function retryAfterSeconds(header: string | null, nowMilliseconds: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - nowMilliseconds) / 1000));
}

/** ENA's words in one line: a page is not worth showing, a JSON object may hold a message. */
export function plain(text: string): string {
  if (/^\s*</.test(text)) return 'with a page of HTML';
  const message = /^\s*\{.*"message"\s*:\s*"([^"]*)"/s.exec(text)?.[1];
  return (message ?? text).replace(/\s+/g, ' ').trim().slice(0, 300);
}

/** undici says "fetch failed"; what happened stands in the cause, sometimes as a code alone. Errors of another realm are no `Error` here. */
export function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { cause, message, code } = error as { readonly cause?: unknown; readonly message?: unknown; readonly code?: unknown };
  if (cause !== undefined && cause !== null) return reasonOf(cause);
  return [message, code].find((words): words is string => typeof words === 'string' && words !== '') ?? 'unknown reason';
}
