import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { findCommand } from '../system/commands';
import { mustRun, paths } from './config';
import { clusterEnvironment } from './daemons';
import type { ClusterState } from './state';

const repository = resolve(__dirname, '..', '..', '..');

/** Puts the kit under `root`; the world writes its gate.json afterwards. Must be repeatable. */
export type KitInstaller = (root: string) => Promise<void>;

/**
 * The product's own installer, with Nextflow's jars taken from `<cacheDir>/nextflow-<version>/lib`, which is filled from Maven Central the
 * first time (about 10 s). Repeatable; a download that was cut leaves nothing under the final name.
 */
export function productKit(cacheDir: string): KitInstaller {
  return async (root) => {
    await mustRun('bash', [
      join(repository, 'slurm', 'install-kit.sh'),
      root,
      '--nextflow-lib',
      await nextflowLib(cacheDir),
      '--tools',
      await kitTools(cacheDir),
    ]);
  };
}

const fetching = new Map<string, Promise<string>>();

/** Nextflow's jars, fetched once for every cluster and worker kit that shares this folder. Repeatable, also at once. */
export function nextflowLib(cacheDir: string): Promise<string> {
  const known = fetching.get(cacheDir) ?? fetchNextflow(cacheDir);
  fetching.set(cacheDir, known);
  return known;
}

async function fetchNextflow(cacheDir: string): Promise<string> {
  const pom = join(repository, 'slurm', 'nextflow', 'pom.xml');
  const version = /<artifactId>nextflow<\/artifactId>\s*<version>([\d.]+)</.exec(readFileSync(pom, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${pom} names no version of Nextflow`);
  const lib = join(cacheDir, `nextflow-${version}`, 'lib');
  if (!existsSync(join(lib, `nextflow-${version}.jar`))) {
    const fresh = `${lib}.${process.pid}.new`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(dirname(lib), { recursive: true });
    await mustRun('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${fresh}`, '-DincludeScope=runtime']);
    rmSync(lib, { recursive: true, force: true });
    renameSync(fresh, lib);
  }
  return lib;
}

/** The programs that the kit brings to pipelines, fetched once for every kit that shares this folder; by the list that pins them. Repeatable. */
export async function kitTools(cacheDir: string): Promise<string> {
  const slurm = join(repository, 'slurm');
  const pinned = createHash('sha256')
    .update(readFileSync(join(slurm, 'worker-kit', 'tools.txt')))
    .digest('hex')
    .slice(0, 12);
  const tools = join(cacheDir, `tools-${pinned}`);
  if (!existsSync(join(tools, 'pinned'))) await mustRun('bash', [join(slurm, 'fetch-tools.sh'), tools]);
  return tools;
}

/** Tells the gate in which environment Slurm's commands reach this cluster; read anew by each call of the gate. */
export function writeGateConfig(state: ClusterState, slurmConf = paths(state).slurmConf): void {
  const kit = join(state.root, 'kit');
  const file = join(kit, 'gate.json');
  mkdirSync(kit, { recursive: true });
  const environment = { ...clusterEnvironment(state, slurmConf), PATH: sessionPath() };
  writeFileSync(`${file}.new`, `${JSON.stringify({ environment, kit }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** Lets a key in, for the gate and nothing else. The same key twice is one entry. Throws where the line is no ed25519 public key. */
export function authorize(state: ClusterState, publicKeyLine: string): void {
  const key = /^ssh-ed25519 [A-Za-z0-9+/=]{68}/.exec(publicKeyLine.trim())?.[0];
  if (key === undefined) throw new Error(`no ed25519 public key: "${publicKeyLine.slice(0, 40)}"`);
  const file = paths(state).authorizedKeys;
  const { root } = state;
  const command = `${pythonPath()} ${root}/kit/gate.py --root ${root} --config ${root}/kit/gate.json`;
  const line = `command="${command}",restrict ${key} trawl\n`;
  if (!readFileSync(file, 'utf8').includes(line)) appendFileSync(file, line);
}

/** The head node's host key as a line to pin: type and key. */
export function hostKeyLine(state: ClusterState): string {
  return readFileSync(`${paths(state).hostKey}.pub`, 'utf8')
    .trim()
    .split(' ')
    .slice(0, 2)
    .join(' ');
}

/** The system's Python before a version manager's: sshd gives its sessions no such PATH. */
function pythonPath(): string {
  return findCommand('python3', ['/usr/bin', '/usr/local/bin']) ?? findCommand('python3') ?? 'python3';
}

/** What a login on a cluster has, and where this machine's Java lies should it be elsewhere. */
function sessionPath(): string {
  const usual = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  const java = findCommand('java', usual) ?? findCommand('java');
  return [...new Set([...(java === undefined ? [] : [dirname(java)]), ...usual])].join(':');
}
