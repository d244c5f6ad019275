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
