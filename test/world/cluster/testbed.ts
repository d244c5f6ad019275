import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, type CommandResult } from '../system/commands';
import { attachCluster, startCluster, type Cluster } from './cluster';
import type { KitInstaller } from './head';
import { loadState } from './state';
import { waitFor } from './wait';

type Environment = Readonly<Record<string, string>>;

/** A cluster in a directory of its own that goes away with it, with what the cluster's own tests ask of it. */
export type Testbed = {
  readonly cluster: Cluster;
  readonly stateDir: string;
  readonly secondDir: string;
  /** Starts a cluster there, with a gate that only answers what it was called with. */
  readonly start: (directory: string) => Promise<Cluster>;
  /** Makes a key pair under this name and answers its public line. */
  readonly newKey: (name: string) => Promise<string>;
  /** OpenSSH's client with that key and the pinned host key. */
  readonly ssh: (key: string, options: readonly string[], ...command: readonly string[]) => Promise<CommandResult>;
  /** sbatch of a script that is nothing but this line; answers sbatch's own result. */
  readonly sbatch: (name: string, line: string, extra?: readonly string[], environment?: Environment) => Promise<CommandResult>;
  /** `name|comment|state` of the jobs in squeue. */
  readonly queued: (...filter: readonly string[]) => Promise<readonly string[]>;
  /** Waits until squeue shows so many running jobs of that name. */
  readonly running: (count: number, name: string) => Promise<void>;
  /** Waits until sacct has the job in that state; answers `name|comment|partition|state`. */
  readonly accounted: (name: string, state: string) => Promise<string>;
  readonly close: () => Promise<void>;
};

const echoGate = 'import json, os, sys\nprint(json.dumps([os.environ.get("SSH_ORIGINAL_COMMAND")] + sys.argv[1:]))\n';

const echoKit: KitInstaller = async (root) => {
  mkdirSync(join(root, 'kit'), { recursive: true });
  writeFileSync(join(root, 'kit', 'gate.py'), echoGate);
};

/** Starts a cluster in a fresh temporary directory; message time-out 4 s, so that lost replies take no longer. */
export async function openTestbed(): Promise<Testbed> {
  const scratch = mkdtempSync(join(tmpdir(), 'trawl-cluster-test-'));
  const stateDir = join(scratch, 'one');
  const secondDir = join(scratch, 'two');
  const start = (directory: string) => startCluster({ stateDir: directory, kit: echoKit, messageTimeoutSeconds: 4 });
  const close = async () => {
    for (const directory of [stateDir, secondDir]) if (loadState(directory)) await attachCluster(directory).stop();
    rmSync(scratch, { recursive: true, force: true });
  };
  const cluster = await start(stateDir);
  return { cluster, stateDir, secondDir, start, close, ...logins(scratch, cluster), ...jobs(scratch, cluster) };
}

function logins(scratch: string, { head }: Cluster): Pick<Testbed, 'newKey' | 'ssh'> {
  const known = join(scratch, 'known_hosts');
  writeFileSync(known, `[${head.host}]:${head.port} ${head.hostKey}\n`);
  const pinned = [
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${known}`,
    'GlobalKnownHostsFile=/dev/null',
    'BatchMode=yes',
    'IdentitiesOnly=yes',
  ];
  return {
    newKey: async (name) => {
      await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(scratch, name)]);
      return readFileSync(join(scratch, `${name}.pub`), 'utf8');
    },
    ssh: (key, options, ...command) => {
      const login = ['-F', 'none', '-i', join(scratch, key), '-p', String(head.port), `${head.user}@${head.host}`];
      return runCommand('ssh', [...pinned.flatMap((each) => ['-o', each]), ...options, ...login, ...command], { timeoutSeconds: 20 });
    },
  };
}

function jobs(scratch: string, cluster: Cluster): Pick<Testbed, 'sbatch' | 'queued' | 'running' | 'accounted'> {
  const queued: Testbed['queued'] = async (...filter) => {
    const { stdout } = await cluster.run('squeue', ['-h', '-o', '%j|%k|%T', ...filter]);
    return stdout.trim().split('\n').filter(Boolean);
  };
  return {
    queued,
    sbatch: (name, line, extra = [], environment = {}) => {
      const own = [
        '--parsable',
        `--job-name=${name}`,
        `--comment=trawl:${name}`,
        '--no-requeue',
        `--output=${join(scratch, 'job-%j.out')}`,
      ];
      return cluster.run('sbatch', [...own, '--chdir=/', ...extra, `--wrap=${line}`], environment);
    },
    running: (count, name) =>
      waitFor(`${count} jobs run`, 30, async () => (await queued(`--name=${name}`, '-t', 'RUNNING')).length === count),
    accounted: async (name, state) => {
      let text = '';
      const check = async () => {
        const { stdout } = await cluster.run('sacct', ['-X', '-n', '-P', `--name=${name}`, '-o', 'JobName,Comment,Partition,State']);
        text = stdout.trim();
        return text.split('|')[3]?.startsWith(state) ?? false;
      };
      await waitFor(`${name} is ${state} in sacct`, 30, check, () => text);
      return text;
    },
  };
}
