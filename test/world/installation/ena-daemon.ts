import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, sleep, startDetached, stopMarked } from '../aws/processes';
import { PROJECT_ROOT } from '../setup/install-once';

const START_TIMEOUT_MILLISECONDS = 120_000;

export interface EnaDaemonOptions {
  readonly stateDir: string;
  /** Generated files are kept here between starts. */
  readonly filesDir: string;
  readonly totalBytes: number;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ena/portal/api/returnFields?result=read_run`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

/** Starts the ENA stand-in as a process that outlives this one; gives its URL once it answers. What it was told before is forgotten. */
export async function startEnaDaemon({ stateDir, filesDir, totalBytes }: EnaDaemonOptions): Promise<string> {
  mkdirSync(stateDir, { recursive: true });
  await stopMarked(stateDir);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logsPath = join(stateDir, 'ena.log');
  startDetached({
    command: process.execPath,
    args: [
      join(PROJECT_ROOT, 'node_modules/tsx/dist/cli.mjs'),
      'test/world/ena/main.ts',
      '--port',
      String(port),
      '--files',
      filesDir,
      '--total-bytes',
      String(totalBytes),
    ],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/tmp', LANG: 'C.UTF-8' },
    cwd: PROJECT_ROOT,
    logsPath,
    mark: stateDir,
  });
  const end = Date.now() + START_TIMEOUT_MILLISECONDS;
  while (Date.now() < end) {
    await sleep(200);
    if (await answers(url)) {
      writeFileSync(join(stateDir, 'ena.json'), JSON.stringify({ url }));
      return url;
    }
  }
  throw new Error(`the ENA stand-in did not start:\n${existsSync(logsPath) ? readFileSync(logsPath, 'utf8').slice(-2_000) : ''}`);
}
