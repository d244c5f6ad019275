/** What the stand-ins for services on the web have in common. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort, sleep, startDetached, stopMarked } from './aws/processes';
import { PROJECT_ROOT } from './setup/install-once';

const START_TIMEOUT_MILLISECONDS = 120_000;

export interface StandInProgram {
  /** As a person calls it. */
  readonly what: string;
  /** Its main.ts, from the root of the project; it takes `--port`. */
  readonly main: string;
  readonly args: readonly string[];
  /** Its alone. One that runs already with this folder is ended. */
  readonly stateDir: string;
  /** Names `<name>.log` and `<name>.json` in there. */
  readonly name: string;
  readonly answers: (url: string) => Promise<boolean>;
}

/** Starts a stand-in as a process that outlives this one; gives its URL once it answers. @throws Error with the end of its log */
export async function startStandIn({ what, main, args, stateDir, name, answers }: StandInProgram): Promise<string> {
  await stopMarked(stateDir);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logsPath = join(stateDir, `${name}.log`);
  startDetached({
    command: process.execPath,
    args: [join(PROJECT_ROOT, 'node_modules/tsx/dist/cli.mjs'), main, '--port', String(port), ...args],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/tmp', LANG: 'C.UTF-8' },
    cwd: PROJECT_ROOT,
    logsPath,
    mark: stateDir,
  });
  const end = Date.now() + START_TIMEOUT_MILLISECONDS;
  while (Date.now() < end) {
    await sleep(200);
    if (!(await answers(url))) continue;
    writeFileSync(join(stateDir, `${name}.json`), JSON.stringify({ url }));
    return url;
  }
  throw new Error(`the stand-in for ${what} did not start:\n${existsSync(logsPath) ? readFileSync(logsPath, 'utf8').slice(-2_000) : ''}`);
}

/** The whole body of a request as text. @throws Error above `maxBytes` */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`request body above ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The answer of a control to input that it cannot take. @throws the error itself where it is another */
export function invalidInput(error: unknown): { readonly status: 422; readonly body: { readonly message: string } } {
  if (error instanceof z.ZodError) return { status: 422, body: { message: z.prettifyError(error) } };
  if (error instanceof SyntaxError) return { status: 422, body: { message: 'the body is no JSON' } };
  throw error;
}

/** Status and JSON body of an answer of a control. */
export interface ControlReply {
  readonly status: number;
  readonly body: unknown;
}
/** What every stand-in can be told: faults to come, what to remember of requests, how to behave. */
export interface Steered<Rule, Settings extends object> {
  readonly faults: readonly Rule[];
  inject(rule: Rule): void;
  /** All of them, or those alone whose `contains` is this. */
  clearFaults(contains?: string): void;
  readonly requests: readonly unknown[];
  clearRequests(): void;
  settings: Settings;
}
export interface Schemas<Rule, Settings extends object> {
  readonly rule: z.ZodType<Rule>;
  readonly settings: z.ZodType<Partial<Settings>>;
}

/** The rules that stay when those with this `contains` are taken away, or all. */
export const leftOf = <Rule extends { readonly contains: string }>(rules: readonly Rule[], contains?: string): Rule[] =>
  contains === undefined ? [] : rules.filter((rule) => rule.contains !== contains);

const ClearFaults = z.strictObject({ contains: z.string() });

/** The routes that the controls of all stand-ins have, as `METHOD what`; undefined where it is none of them. @throws ZodError, SyntaxError on bad input */
export function steer<Rule, Settings extends object>(
  world: Steered<Rule, Settings>,
  schemas: Schemas<Rule, Settings>,
  asked: string,
  body: string,
): ControlReply | undefined {
  const ok = (answer: unknown): ControlReply => ({ status: 200, body: answer });
  switch (asked) {
    case 'GET faults':
      return ok(world.faults);
    case 'POST faults':
      world.inject(schemas.rule.parse(JSON.parse(body)));
      return ok(world.faults);
    case 'DELETE faults':
      world.clearFaults(body === '' ? undefined : ClearFaults.parse(JSON.parse(body)).contains);
      return ok(world.faults);
    case 'GET requests':
      return ok(world.requests);
    case 'DELETE requests':
      world.clearRequests();
      return ok([]);
    case 'GET settings':
      return ok(world.settings);
    case 'PATCH settings':
      world.settings = { ...world.settings, ...schemas.settings.parse(JSON.parse(body)) };
      return ok(world.settings);
    default:
      return undefined;
  }
}
