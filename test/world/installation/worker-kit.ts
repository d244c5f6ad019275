import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../setup/install-once';
import type { Say } from '../setup/run-command';
import { ensureSystemPackages } from '../system/ensure';
import { mustRun } from '../cluster/config';
import { kitTools, nextflowLib } from '../cluster/head';

const SLURM = join(PROJECT_ROOT, 'slurm');

/** The tar that droplets fetch, made by the product's own script from this checkout; made again only when the kit's sources changed. */
export async function ensureWorkerKit(cacheDir: string, say: Say): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of readdirSync(SLURM, { recursive: true, withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isFile() && !entry.parentPath.includes('__pycache__')) hash.update(readFileSync(join(entry.parentPath, entry.name)));
  }
  const name = `worker-kit-${hash.digest('hex').slice(0, 12)}.tar`;
  const path = join(cacheDir, name);
  if (existsSync(path)) return path;
  mkdirSync(cacheDir, { recursive: true });
  await ensureSystemPackages(['maven', 'default-jre-headless', 'python3', 'python3-venv']);
  say('building the worker kit …');
  const lib = await nextflowLib(cacheDir);
  await mustRun('bash', [join(SLURM, 'build-worker-kit.sh'), path, '--nextflow-lib', lib, '--tools', await kitTools(cacheDir)]);
  for (const old of readdirSync(cacheDir)) {
    if (/^worker-kit-[0-9a-f]{12}\.tar$/.test(old) && old !== name) rmSync(join(cacheDir, old));
  }
  return path;
}
