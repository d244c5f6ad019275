import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Suite } from './suites';

export interface Ended {
  readonly code: number | null;
  /** Its last 100,000 characters. */
  readonly output: string;
  readonly timedOut: boolean;
}

/** Runs a suite with its output shown line by line, each behind the suite's name; its whole process group is ended at the cap. */
export async function runSuite(suite: Suite, root: string, resultPath: string): Promise<Ended> {
  const [program = '', ...args] = suite.command;
  const own = suite.counted === 'jest' ? ['--json', `--outputFile=${resultPath}`] : [];
  const local = join(root, 'node_modules/.bin', program);
  const child = spawn(existsSync(local) ? local : program, [...args, ...own], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let timedOut = false;
  const read = async (stream: Readable, isShown: boolean): Promise<void> => {
    for await (const line of createInterface({ input: stream })) {
      output = `${output}${line}\n`.slice(-100_000);
      if (isShown) process.stdout.write(`${suite.name.padEnd(10)} │ ${line}\n`);
    }
  };
  const cap = setTimeout(() => {
    timedOut = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, suite.capMinutes * 60_000);
  const closed = new Promise<number | null>((done) => child.on('close', done));
  // With --json Jest prints the whole result on standard output too; people read what it says on standard error.
  await Promise.all([read(child.stdout, suite.counted !== 'jest' || suite.command.includes('--coverage')), read(child.stderr, true)]);
  const code = await closed;
  clearTimeout(cap);
  return { code, output, timedOut };
}
