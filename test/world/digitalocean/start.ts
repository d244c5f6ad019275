import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopMarked } from '../aws/processes';
import { startStandIn } from '../stand-in';
import { ensureSystemPackages } from '../system/ensure';
import { dropletPackages } from '../system/packages';
import { type DigitalOceanControl, digitalOceanControl } from './control';

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
  const token = `dop_v1_${randomBytes(32).toString('hex')}`;
  const tokenPath = join(stateDir, 'token');
  writeFileSync(tokenPath, token, { mode: 0o600 });
  const args = ['--state', stateDir, '--token-file', tokenPath, '--boot', 'sandbox'];
  const url = await startStandIn({
    ...{ what: 'DigitalOcean', main: 'test/world/digitalocean/main.ts', args, stateDir, name: 'digitalocean' },
    answers: (at) => answers(digitalOceanControl(at)),
  });
  return { url, token, control: digitalOceanControl(url) };
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
