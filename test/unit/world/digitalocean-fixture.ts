import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import { type DigitalOcean, startDigitalOcean } from '../../world/digitalocean/server';

export const TOKEN = 'dop_v1_unit';
export const SMALL = { name: 'lab.w-1', region: 'fra1', size: 's-1vcpu-1gb', image: 'ubuntu-24-04-x64' } as const;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where there is none. */
  readonly body: unknown;
}

/** A request for the API, bearing the token unless told otherwise. */
export async function ask(
  { url }: Pick<DigitalOcean, 'url'>,
  method: string,
  path: string,
  body?: unknown,
  token = TOKEN,
): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

const Droplet = z.object({
  id: z.int(),
  name: z.string(),
  status: z.string(),
  tags: z.array(z.string()),
  networks: z.object({ v4: z.array(z.object({ type: z.string(), ip_address: z.string() })) }),
});
export const One = z.object({ droplet: Droplet });
export const Many = z.object({
  droplets: z.array(Droplet),
  links: z.object({ pages: z.record(z.string(), z.string()).optional() }),
  meta: z.object({ total: z.int() }),
});
export const Action = z.object({ id: z.int(), type: z.string(), status: z.string() });
export const Created = z.object({
  droplet: Droplet,
  links: z.object({ actions: z.array(z.object({ id: z.int(), rel: z.string(), href: z.string() })) }),
});
export const Refused = z.object({ id: z.string(), message: z.string() });

export async function create(
  server: Pick<DigitalOcean, 'url'>,
  fields: Readonly<Record<string, unknown>> = {},
  token = TOKEN,
): Promise<z.output<typeof Created>> {
  const answer = await ask(server, 'POST', '/v2/droplets', { ...SMALL, ...fields }, token);
  if (answer.status !== 202) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return Created.parse(answer.body);
}

const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ responses: z.record(z.string(), z.unknown()) }))),
  components: z.object({
    responses: z.record(
      z.string(),
      z.object({ headers: z.record(z.string(), z.unknown()), content: z.record(z.string(), z.unknown()).optional() }),
    ),
  }),
});

/** Names the faults of an answer by DigitalOcean's OpenAPI document: status, headers and body. */
export function openApiChecker(): (method: string, path: string, answer: Answer) => readonly string[] {
  const text = readFileSync(join(__dirname, '../../world/digitalocean/data/openapi.json'), 'utf8');
  const document = Document.parse(JSON.parse(text));
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats(ajv);
  ajv.addSchema(JSON.parse(text) as object, 'openapi');
  return (method, path, { status, headers, body }) => {
    const responses = document.paths[path]?.[method.toLowerCase()]?.responses;
    // Its `default` is any error; that 422 is one of them is seen in the wild.
    const response = z
      .object({ $ref: z.string() })
      .safeParse(responses?.[String(status)] ?? (status >= 400 ? responses?.['default'] : undefined));
    if (!response.success) return [`${method} ${path} does not answer ${status}`];
    const name = response.data.$ref.replace('#/components/responses/', '');
    const { headers: wanted, content } = document.components.responses[name] ?? { headers: {} };
    const optional = ['x-request-id', 'content-type'];
    const missing = Object.keys(wanted).filter((header) => !optional.includes(header) && !/^\d+$/.test(headers.get(header) ?? ''));
    if (content === undefined) return [...missing, ...(body === undefined ? [] : ['a body'])];
    const isValid = ajv.validate({ $ref: `openapi#/components/responses/${name}/content/application~1json/schema` }, body);
    return [...missing, ...(isValid ? [] : [ajv.errorsText()])];
  };
}

/** One stand-in for a whole file of tests, as new before each of them, with a clock that only `pass` moves. */
export function standInForTests(): {
  readonly server: () => DigitalOcean;
  readonly pass: (seconds: number) => void;
  /** Milliseconds, as the stand-in's clock has them. */
  readonly now: () => number;
} {
  let server: DigitalOcean | undefined;
  let directory = '';
  let now = Date.UTC(2026, 10, 20);
  const standing = (): DigitalOcean => {
    if (server === undefined) throw new Error('the stand-in is not started yet');
    return server;
  };
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trawl-do-'));
    server = await startDigitalOcean({ stateDir: directory, token: TOKEN, now: () => now });
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(directory, { recursive: true });
  });
  beforeEach(() => standing().control.reset());
  return { server: standing, pass: (seconds) => void (now += seconds * 1000), now: () => now };
}
