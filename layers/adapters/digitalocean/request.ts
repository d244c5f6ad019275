import { Agent, fetch } from 'undici';
import type { z } from 'zod';
import { refusalOf, type Answer } from './answer';
import { rateKeeper, type RateLimits } from './rate-limit';

export interface ApiSettings {
  /** For example `https://api.digitalocean.com`. */
  readonly apiUrl: string;
  /** Asked before every call, so that a new token needs no new process. */
  readonly token: () => Promise<string>;
  readonly timeoutSeconds?: number;
  readonly nowMs?: () => number;
}
export interface Call<T> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
  /** Goes out however few calls are left. */
  readonly spared?: boolean;
}
export interface Requests {
  /** One call, sent once. Never throws. */
  readonly ask: <T>(call: Call<T>) => Promise<Answer<T>>;
  readonly limits: () => RateLimits | undefined;
}

export function requests({ apiUrl, token, timeoutSeconds = 20, nowMs = Date.now }: ApiSettings): Requests {
  const keeper = rateKeeper(nowMs);
  // A held connection would keep a process that has finished alive.
  const dispatcher = new Agent({ connect: { timeout: (timeoutSeconds * 1000) / 2 }, keepAliveTimeout: 1000 });
  const send = ({ method, path, body }: Call<unknown>, authorization: string) =>
    fetch(`${apiUrl.replace(/\/+$/, '')}${path}`, {
      method,
      dispatcher,
      // The token goes nowhere else.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
      headers: { authorization, accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const ask = async <T>(call: Call<T>): Promise<Answer<T>> => {
    const wait = keeper.holdsSeconds(call.spared === true);
    if (wait !== undefined)
      return { outcome: 'failed', reason: 'rate-limited', detail: 'few calls are left: kept for single droplets', retryAfterSeconds: wait };
    const bearer = await readable(token);
    if (bearer === undefined) return { outcome: 'failed', reason: 'token-unreadable', detail: 'there is no usable token' };
    try {
      const response = await send(call, `Bearer ${bearer}`);
      keeper.note(response.headers, response.status);
      return judge(call, response.status, await response.text(), keeper.holdsSeconds(false));
    } catch (error) {
      return broken(error);
    }
  };
  return { ask, limits: keeper.seen };
}

/** A token with a line end in it would be quoted by the error that refuses the header. */
async function readable(token: () => Promise<string>): Promise<string | undefined> {
  const text = (await token().catch(() => '')).trim();
  return /^[\x21-\x7e]+$/.test(text) ? text : undefined;
}

function judge<T>({ answer }: Call<T>, status: number, text: string, retryAfterSeconds: number | undefined): Answer<T> {
  const body = jsonOf(text);
  const refused = refusalOf(status, body, retryAfterSeconds);
  if (refused !== undefined) return refused;
  if (status < 200 || status >= 300) return { outcome: 'unknown', detail: `HTTP ${status}` };
  const parsed = answer.safeParse(body);
  return parsed.success
    ? { outcome: 'done', value: parsed.data }
    : { outcome: 'unknown', detail: `HTTP ${status}, but ${parsed.error.issues[0]?.message ?? 'malformed'}` };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Refused, unresolved or not trusted before a byte of the call went out; anything later leaves open what the API did. */
const BEFORE_SENDING =
  /^(UND_ERR_CONNECT_TIMEOUT|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_.*|ERR_TLS_CERT_.*|.*SELF_SIGNED.*|UNABLE_TO_.*)$/;

function broken(error: unknown): Answer<never> {
  const { code, words } = causeOf(error);
  return BEFORE_SENDING.test(code)
    ? { outcome: 'failed', reason: 'unreachable', detail: `DigitalOcean cannot be reached: ${words}` }
    : { outcome: 'unknown', detail: `no whole answer from DigitalOcean: ${words}` };
}

/** undici says "fetch failed"; what happened stands in the cause. Errors of another realm are no `Error` here. */
function causeOf(error: unknown): { readonly code: string; readonly words: string } {
  const { cause, code, message } = (typeof error === 'object' && error !== null ? error : {}) as Readonly<Record<string, unknown>>;
  if (cause !== undefined && cause !== null) return causeOf(cause);
  const [name, words] = [code, message].map((part) => (typeof part === 'string' ? part : ''));
  return { code: name ?? '', words: [words, name].find((part) => part) ?? 'unknown reason' };
}
