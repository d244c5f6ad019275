import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { findCommand, runCommand } from '../system/commands';
import type { ClusterState } from './state';

/** Where things lie under the state directory. */
export function paths(state: Pick<ClusterState, 'stateDir' | 'runDir'>) {
  const etc = join(state.stateDir, 'etc');
  return {
    etc,
    log: join(state.stateDir, 'log'),
    database: join(state.stateDir, 'mariadb'),
    slurmConf: join(etc, 'slurm.conf'),
    /** Points at the proxy instead of slurmctld; read by sbatch only while replies are held. */
    lossySlurmConf: join(state.stateDir, 'etc-lossy', 'slurm.conf'),
    sshdConfig: join(etc, 'sshd_config'),
    hostKey: join(etc, 'ssh_host_ed25519_key'),
    authorizedKeys: join(etc, 'authorized_keys'),
    mungeKey: join(etc, 'munge.key'),
    mungeSocket: join(state.runDir, 'munge.sock'),
    databaseSocket: join(state.runDir, 'mariadb.sock'),
  } as const;
}

/** Writes directories, keys and all configuration anew; the munge key and the host key of an earlier start stay. */
export async function writeConfiguration(state: ClusterState): Promise<void> {
  const at = paths(state);
  const spool = [join(state.stateDir, 'slurmctld'), join(state.runDir, 'slurmd')];
  for (const directory of [state.stateDir, state.runDir, at.etc, join(state.stateDir, 'etc-lossy'), at.log, ...spool]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }
  if (!existsSync(at.mungeKey)) writeFileSync(at.mungeKey, randomBytes(128), { mode: 0o400 });
  if (!existsSync(at.hostKey)) await mustRun('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'trawl-cluster', '-f', at.hostKey]);
  if (!existsSync(at.authorizedKeys)) writeFileSync(at.authorizedKeys, '', { mode: 0o600 });
  const values = await templateValues(state);
  const cgroupPlugin = { cgroupPlugin: await cgroupPluginName() };
  render('slurm.conf', at.slurmConf, values);
  render('slurm.conf', at.lossySlurmConf, { ...values, slurmctldPort: String(state.ports.proxy) });
  for (const directory of [at.etc, join(state.stateDir, 'etc-lossy')]) render('cgroup.conf', join(directory, 'cgroup.conf'), cgroupPlugin);
  render('slurmdbd.conf', join(at.etc, 'slurmdbd.conf'), values);
  render('sshd_config', at.sshdConfig, values);
}

/** Runs a command that has no reason to fail; throws with its words where it does. */
export async function mustRun(command: string, args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<string> {
  const done = await runCommand(findCommand(command) ?? command, args, environment ? { environment } : {});
  if (done.code !== 0) throw new Error(`${command} ended with ${done.code ?? 'no exit code'}: ${(done.stderr || done.stdout).trim()}`);
  return done.stdout;
}

async function templateValues(state: ClusterState): Promise<Record<string, string>> {
  const { host, ports } = state;
  return {
    clusterName: state.clusterName,
    nodeName: state.nodeName,
    hostName: host.name,
    address: host.address,
    user: state.user,
    stateDir: state.stateDir,
    runDir: state.runDir,
    mungeSocket: paths(state).mungeSocket,
    slurmctldPort: String(ports.slurmctld),
    slurmdPort: String(ports.slurmd),
    slurmdbdPort: String(ports.slurmdbd),
    sshPort: String(ports.ssh),
    messageTimeoutSeconds: String(state.messageTimeoutSeconds),
    enforcement: state.isEnforced ? 'AccountingStorageEnforce=associations,limits,qos' : '# (accounting enforces nothing)',
    communication: host.loopbackOnly
      ? 'CommunicationParameters=NoCtldInAddrAny,NoInAddrAny'
      : '# (the name of this host is no loopback address)',
    usePam: (await isPasswordLocked(state.user)) ? 'yes' : 'no',
  };
}

function render(template: string, target: string, values: Readonly<Record<string, string>>): void {
  const text = readFileSync(join(__dirname, 'templates', template), 'utf8').replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${template} asks for ${name}, which nobody gives`);
    return value;
  });
  // slurmdbd refuses a configuration that others can read.
  writeFileSync(target, text, { mode: 0o600 });
}

async function cgroupPluginName(): Promise<string> {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(await mustRun('slurmctld', ['-V'])) ?? [];
  return Number(major) * 100 + Number(minor) >= 2302 ? 'disabled' : 'cgroup/v1';
}

async function isPasswordLocked(user: string): Promise<boolean> {
  const { stdout } = await runCommand('getent', ['shadow', user]);
  return stdout.split(':')[1]?.startsWith('!') ?? false;
}
