import { z } from 'zod';
import { CliError } from './errors';
import { withProgress } from './progress';
import type { Settings } from './settings';

const ErrorBody = z.object({
  error: z.object({
    code: z.string().optional(),
    message: z.string(),
    details: z.array(z.object({ at: z.string(), message: z.string() })).optional(),
    requestId: z.string().optional(),
  }),
});
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}
interface ManyOf<T> {
  readonly items: readonly T[];
  readonly cursor?: string | undefined;
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'check TRAWL_TOKEN or the saved settings; an operator makes another ("trawl token add"), "trawl init" shows the first token',
  403: 'this token may look but not act: an operator token is needed; an operator makes one: "trawl token add <name> --role operator"',
  429: 'the API is throttled; try again in a minute',
};
/** Where what is not there is listed, by the code of the refusal. */
const LISTS: Readonly<Record<string, string>> = {
  'source-unknown': 'see "trawl list" for the sources',
  'operation-unknown': 'see "trawl operation list"',
  'export-unknown': 'see "trawl operation list"',
  'token-unknown': 'see "trawl token list"',
  'workflow-unknown': 'see "trawl workflow list"',
};
const TIMEOUT_MILLISECONDS = 60_000;
const PAGE_LIMIT = 1_000;

export interface Client {
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** At most `limit` items of a route that answers pages; `cursor` when there are more. The other fields are those of the first page. */
  pages<T, P extends ManyOf<T>>(path: string, limit: number, schema: z.ZodType<P & ManyOf<T>>): Promise<P>;
  /** Also returns the refusals that `expected` names, which the command explains itself. */
  send(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body: unknown, expected?: (answer: Answer) => boolean): Promise<Answer>;
}

async function request(settings: Settings, method: string, path: string, body: unknown): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${settings.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  const ask = async (): Promise<{ status: number; text: string }> => {
    const response = await fetch(`${settings.url}${path}`, {
      method,
      headers,
      signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  };
  try {
    return await withProgress(`waiting for ${new URL(settings.url).host}`, ask());
  } catch (error) {
    throw new CliError(
      `${settings.url} cannot be reached: ${reasonOf(error)}`,
      'check the URL (TRAWL_URL or the saved settings) and the network; a local installation is started by "npm run up"',
      3,
      { cause: error },
    );
  }
}

/** `fetch failed` says nothing: the cause does, also where several addresses were tried. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MILLISECONDS / 1000} s`;
  const cause = error.cause instanceof AggregateError ? (error.cause.errors[0] as unknown) : error.cause;
  return cause instanceof Error ? cause.message : error.message;
}

function jsonOf(status: number, text: string): Answer {
  try {
    return { status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  } catch {
    throw new CliError(
      `the API answered ${status} with something that is not JSON: ${text.slice(0, 200)}`,
      'is this the base URL of a Trawl installation?',
      3,
    );
  }
}

function refuse({ status, body }: Answer): never {
  const { data } = ErrorBody.safeParse(body);
  const details = (data?.error.details ?? []).map(({ at, message }) => `\n  ${at}: ${message}`).join('');
  const message = `${data?.error.message ?? `the API answered ${JSON.stringify(body)}`} (${status})${details}`;
  const request =
    status >= 500 && data?.error.requestId !== undefined ? `look for ${data.error.requestId} in the log of the function` : undefined;
  // Only a refusal in Trawl's own form is one of its token; API Gateway says 403 to a path that it does not know.
  const isTokens = data !== undefined && (status === 401 || status === 403);
  throw new CliError(
    message,
    data === undefined
      ? 'is this the base URL of a Trawl installation?'
      : ((status === 404 ? LISTS[data.error.code ?? ''] : HINTS[status]) ?? request),
    isTokens ? 4 : 1,
  );
}

const withQuery = (path: string, name: string, value: string | number): string =>
  `${path}${path.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;

/** Calls of the REST API; every refusal becomes a CliError with what to do about it. */
export function apiClient(settings: Settings): Client {
  const call = async (method: string, path: string, body?: unknown, expected?: (answer: Answer) => boolean): Promise<Answer> => {
    const { status, text } = await request(settings, method, path, body);
    const answer = jsonOf(status, text);
    return status < 300 || expected?.(answer) === true ? answer : refuse(answer);
  };
  const get = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => schema.parse((await call('GET', path)).body);
  return {
    get,
    pages: async <T, P extends ManyOf<T>>(path: string, limit: number, schema: z.ZodType<P & ManyOf<T>>): Promise<P> => {
      const first = await get(withQuery(path, 'limit', Math.min(limit, PAGE_LIMIT)), schema);
      const items: T[] = [...first.items];
      let { cursor } = first;
      while (cursor !== undefined && items.length < limit) {
        const page = await get(withQuery(withQuery(path, 'limit', Math.min(limit - items.length, PAGE_LIMIT)), 'cursor', cursor), schema);
        items.push(...page.items);
        ({ cursor } = page);
      }
      return { ...first, items, cursor };
    },
    send: call,
  };
}
