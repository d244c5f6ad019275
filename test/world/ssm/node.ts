import { spawn } from 'node:child_process';
import { z } from 'zod';

/** What the agent reads of a Command document; the rest of its schema is not used by Trawl. */
const Document = z.object({
  schemaVersion: z.literal('2.2'),
  parameters: z.record(z.string(), z.object({ type: z.literal('String'), allowedPattern: z.string(), maxChars: z.number().int() })),
  mainSteps: z.tuple([
    z.object({
      action: z.literal('aws:runShellScript'),
      inputs: z.object({ timeoutSeconds: z.string().regex(/^\d+$/), runCommand: z.array(z.string()) }),
    }),
  ]),
});
export type Document = z.infer<typeof Document>;
export const parseDocument = (content: unknown): Document => Document.parse(typeof content === 'string' ? JSON.parse(content) : content);

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}
/** What GetCommandInvocation keeps. */
const [STDOUT_LIMIT, STDERR_LIMIT] = [24_000, 8_000];

/** Undefined where the parameters fit the document, else what SSM says of them. */
export function misfit({ parameters }: Document, given: Readonly<Record<string, readonly string[]>>): string | undefined {
  for (const name of Object.keys(given)) if (!parameters[name]) return `unknown parameter ${name}`;
  for (const [name, { allowedPattern, maxChars }] of Object.entries(parameters)) {
    const [value, ...more] = given[name] ?? [];
    if (value === undefined || more.length > 0) return `parameter ${name}: one value is needed`;
    if (value.length > maxChars) return `parameter ${name}: longer than ${maxChars}`;
    if (!new RegExp(allowedPattern).test(value)) return `parameter ${name}: not of the form ${allowedPattern}`;
  }
  return undefined;
}

/** Runs a document's script as the agent does: parameters put in, lines joined, /bin/sh, under its time limit. */
export function runDocument(document: Document, parameters: Readonly<Record<string, readonly string[]>>): Promise<Ended> {
  const { runCommand, timeoutSeconds } = document.mainSteps[0].inputs;
  const script = runCommand.join('\n').replace(/\{\{ *(\w+) *\}\}/g, (_whole, name: string) => parameters[name]?.[0] ?? '');
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-s'], { detached: true, env: { PATH: process.env['PATH'], HOME: '/root', USER: 'root' } });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    let timedOut = false;
    const timer = setTimeout(
      () => {
        timedOut = true;
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      },
      Number(timeoutSeconds) * 1_000,
    );
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      const kept = (chunks: Buffer[], limit: number): string => Buffer.concat(chunks).toString('utf8').slice(0, limit);
      resolve({ code: code ?? 137, stdout: kept(out, STDOUT_LIMIT), stderr: kept(err, STDERR_LIMIT), timedOut });
    });
    child.stdin.end(script);
  });
}
