import { z } from 'zod';
import { CliError } from './errors';
import { withProgress } from './progress';
import type { Settings } from './settings';

const ErrorBody = z.object({ error: z.object({ code: z.string(), message: z.string(), details: z.unknown().optional() }) });
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'the token is unknown to this installation: check TRAWL_TOKEN, or run "trawl init" for a new one',
  403: 'this token may look but not act: an operator token is needed',
  429: 'the API is throttled; try again in a minute',
};

export interface Client {
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** Also returns answers with a status in `expected`, which the command explains itself. */
  send(method: 'POST' | 'DELETE' | 'PATCH', path: string, body: unknown, expected?: readonly number[]): Promise<Answer>;
}

async function request(settings: Settings, method: string, path: string, body: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${settings.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const init = { method, headers, signal: AbortSignal.timeout(60_000), ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  try {
    return await withProgress(`waiting for ${new URL(settings.url).host}`, fetch(`${settings.url}${path}`, init));
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CliError(
      `${settings.url} cannot be reached: ${cause}`,
      'check TRAWL_URL and the network; a local installation is started by "npm run up"',
      3,
      { cause: error },
    );
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  try {
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  } catch {
    throw new CliError(
      `the API answered ${response.status} with something that is not JSON: ${text.slice(0, 200)}`,
      'is TRAWL_URL the base URL of a Trawl installation?',
      3,
    );
  }
}

function refuse(answer: Answer): never {
  const parsed = ErrorBody.safeParse(answer.body);
  const message = parsed.success ? parsed.data.error.message : JSON.stringify(answer.body);
  throw new CliError(`${message} (${answer.status})`, HINTS[answer.status], answer.status === 401 || answer.status === 403 ? 4 : 1);
}

/** Calls of the REST API; every refusal becomes a CliError with what to do about it. */
export function apiClient(settings: Settings): Client {
  const call = async (method: string, path: string, body: unknown, expected: readonly number[]): Promise<Answer> => {
    const answer = await answerOf(await request(settings, method, path, body));
    return answer.status < 300 || expected.includes(answer.status) ? answer : refuse(answer);
  };
  return {
    get: async (path, schema) => schema.parse((await call('GET', path, undefined, [])).body),
    send: (method, path, body, expected = []) => call(method, path, body, expected),
  };
}
