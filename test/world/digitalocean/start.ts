import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, sleep, startDetached, stopMarked } from '../aws/processes';
import { PROJECT_ROOT } from '../setup/install-once';
import { ensureSystemPackages } from '../system/ensure';
import { dropletPackages } from '../system/packages';
import { type DigitalOceanControl, digitalOceanControl } from './control';

const START_TIMEOUT_MILLISECONDS = 120_000;

export interface DigitalOceanDaemon {
  readonly url: string;
  readonly token: string;
  readonly control: DigitalOceanControl;
}

/**
 * Starts the stand-in as a process that outlives this one; gives its address once it answers. Its droplets are sandboxes. One that runs
 * already with this folder is ended with all its droplets, and what it was told is forgotten.
 */
export async function startDigitalOceanDaemon({ stateDir }: { readonly stateDir: string }): Promise<DigitalOceanDaemon> {
  mkdirSync(stateDir, { recursive: true });
  await ensureSystemPackages(dropletPackages);
  await stopDigitalOceanDaemon({ stateDir });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const token = `dop_v1_${randomBytes(32).toString('hex')}`;
  const tokenPath = join(stateDir, 'token');
  writeFileSync(tokenPath, token, { mode: 0o600 });
  const logsPath = join(stateDir, 'digitalocean.log');
  const main = ['test/world/digitalocean/main.ts', '--port', String(port), '--state', stateDir, '--token-file', tokenPath];
  startDetached({
    command: process.execPath,
    args: [join(PROJECT_ROOT, 'node_modules/tsx/dist/cli.mjs'), ...main, '--boot', 'sandbox'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/tmp', LANG: 'C.UTF-8' },
    cwd: PROJECT_ROOT,
    logsPath,
    mark: stateDir,
  });
  const control = digitalOceanControl(url);
  const end = Date.now() + START_TIMEOUT_MILLISECONDS;
  while (Date.now() < end) {
    await sleep(200);
    if (!(await answers(control))) continue;
    writeFileSync(join(stateDir, 'digitalocean.json'), JSON.stringify({ url }));
    return { url, token, control };
  }
  throw new Error(
    `the stand-in for DigitalOcean did not start:\n${existsSync(logsPath) ? readFileSync(logsPath, 'utf8').slice(-2_000) : ''}`,
  );
}

/** Ends the stand-in of this folder, if one runs, and all its droplets. */
export async function stopDigitalOceanDaemon({ stateDir }: { readonly stateDir: string }): Promise<void> {
  await stopMarked(stateDir);
}

async function answers(control: DigitalOceanControl): Promise<boolean> {
  try {
    await control.settings();
    return true;
  } catch {
    return false;
  }
}
