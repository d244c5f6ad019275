import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand, runCommand } from '../system/commands';
import { mustRun, paths } from './config';
import { clusterProcesses, endProcesses, type LiveProcess } from './processes';
import type { ClusterState } from './state';
import { accepts, waitFor } from './wait';

/** In the order they are started. */
export const daemonNames = ['munged', 'mariadbd', 'slurmdbd', 'slurmctld', 'slurmd', 'sshd'] as const;

/** One of the cluster's six daemons. */
export type DaemonName = (typeof daemonNames)[number];

type Daemon = { readonly argv: readonly [string, ...string[]]; readonly isReady: () => Promise<boolean> | boolean };

/** The environment in which Slurm's commands speak to this cluster. */
export function clusterEnvironment(state: ClusterState, slurmConf = paths(state).slurmConf): Record<string, string> {
  return { SLURM_CONF: slurmConf };
}

function daemon(state: ClusterState, name: DaemonName): Daemon {
  const at = paths(state);
  const { ports, host } = state;
  const answers = (port: number) => () => accepts(name === 'sshd' ? '127.0.0.1' : host.address, port);
  switch (name) {
    case 'munged': {
      // --force: munged minds running as root and a socket in a directory that only its owner may enter; here both are meant.
      const own = [`--key-file=${at.mungeKey}`, `--socket=${at.mungeSocket}`, `--seed-file=${join(state.stateDir, 'munge.seed')}`];
      const argv = [
        'munged',
        '--foreground',
        '--force',
        '--num-threads=10',
        `--pid-file=${join(state.runDir, 'munged.pid')}`,
        ...own,
      ] as const;
      return { argv, isReady: async () => (await runCommand('munge', ['-n', '-S', at.mungeSocket])).code === 0 };
    }
    case 'mariadbd':
      return { argv: ['mariadbd', ...databaseFlags(state), `--socket=${at.databaseSocket}`], isReady: () => databaseAnswers(state) };
    case 'slurmdbd':
      return { argv: ['slurmdbd', '-D'], isReady: answers(ports.slurmdbd) };
    case 'slurmctld':
      return {
        argv: ['slurmctld', '-D'],
        isReady: async () => (await answers(ports.slurmctld)()) && slurmAnswers(state, 'scontrol', ['ping'], /UP/),
      };
    case 'slurmd':
      return {
        argv: ['slurmd', '-D', '-N', state.nodeName],
        isReady: () => slurmAnswers(state, 'sinfo', ['-h', '-N', '-p', 'work', '-o', '%t'], /^(idle|mix|alloc|comp)[^*]*$/m),
      };
    case 'sshd':
      return { argv: ['sshd', '-D', '-e', '-f', at.sshdConfig], isReady: answers(ports.ssh) };
  }
}

/** Starts one daemon and waits until it does its work; nothing happens where it runs already. Rejects with its last words. */
export async function startDaemon(state: ClusterState, name: DaemonName): Promise<void> {
  const { argv, isReady } = daemon(state, name);
  const log = join(paths(state).log, `${name}.out`);
  const exit: { words?: string } = {};
  if (clusterProcesses(state.stateDir, `${name}.out`).length === 0) {
    await prepare(state, name);
    const output = openSync(log, 'a', 0o600);
    const isolated = state.host.isolated && name.startsWith('slurm');
    const command = [findCommand(argv[0]) ?? argv[0], ...argv.slice(1)];
    const whole = isolated ? ['unshare', '--uts', '--', 'sh', '-c', 'hostname localhost && exec "$@"', 'sh', ...command] : command;
    const child = spawn(whole[0] ?? '', whole.slice(1), {
      cwd: state.stateDir,
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...process.env, ...clusterEnvironment(state), MYSQL_UNIX_PORT: paths(state).databaseSocket },
    });
    child.on('error', (error) => (exit.words = error.message));
    child.on('exit', (code, signalName) => (exit.words = `it ended at once (${code ?? signalName ?? '?'})`));
    child.unref();
    closeSync(output);
  }
  const explain = () => `${exit.words ?? ''}\n${lastLines(log)}`;
  const check = async () => {
    if (exit.words !== undefined) throw new Error(`${name} does not start: ${explain()}`);
    return isReady();
  };
  await waitFor(`${name} is ready`, 60, check, explain);
}

/** A daemon's processes, and what descends from it. */
export const daemonProcesses = (state: ClusterState, name: DaemonName): readonly LiveProcess[] =>
  clusterProcesses(state.stateDir, `${name}.out`);

/** Ends one daemon and what descends from it (sshd's sessions too); nothing happens where it does not run. */
export async function stopDaemon(state: ClusterState, name: DaemonName): Promise<void> {
  await endProcesses(() => clusterProcesses(state.stateDir, `${name}.out`), 10);
}

async function prepare(state: ClusterState, name: DaemonName): Promise<void> {
  if (name === 'mariadbd') mkdirSync(databaseTemporary(state), { recursive: true, mode: 0o700 });
  if (name === 'mariadbd' && !existsSync(join(paths(state).database, 'mysql'))) {
    mkdirSync(paths(state).database, { recursive: true, mode: 0o700 });
    const access = ['--skip-test-db', '--auth-root-authentication-method=socket', `--auth-root-socket-user=${state.user}`];
    await mustRun('mariadb-install-db', [...databaseFlags(state), ...access]);
  }
  // Compiled into Debian's sshd, and made at boot by the service that does not run here.
  if (name === 'sshd' && process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
}

/** Of its own: mariadbd clears its folder when it starts, so that in a shared one it takes the tables of another that is being installed. */
const databaseTemporary = (state: ClusterState): string => join(paths(state).database, '..', 'database-tmp');

/** No port, no file of /etc; survives the end of the process but not of the machine, which is enough and spares every fsync. */
function databaseFlags(state: ClusterState): readonly string[] {
  const own = ['--no-defaults', `--user=${state.user}`, `--datadir=${paths(state).database}`, '--skip-networking'];
  const innodb = [
    '--innodb-flush-method=nosync',
    '--innodb-flush-log-at-trx-commit=2',
    '--innodb-log-file-size=8M',
    '--innodb-lock-wait-timeout=900',
  ];
  return [
    ...own,
    ...innodb,
    `--tmpdir=${databaseTemporary(state)}`,
    '--innodb-buffer-pool-size=64M',
    `--pid-file=${join(state.runDir, 'mariadbd.pid')}`,
  ];
}

async function databaseAnswers(state: ClusterState): Promise<boolean> {
  const { code } = await runCommand('mariadb-admin', ['--no-defaults', `--socket=${paths(state).databaseSocket}`, 'ping']);
  return code === 0;
}

async function slurmAnswers(state: ClusterState, command: string, args: readonly string[], pattern: RegExp): Promise<boolean> {
  const environment = { ...process.env, ...clusterEnvironment(state) };
  const { stdout } = await runCommand(command, args, { environment, timeoutSeconds: 5 });
  return pattern.test(stdout);
}

function lastLines(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n').slice(-8).join('\n') : '';
}
