import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachCluster, clusterStatus, startCluster, type Cluster } from '../world/cluster/cluster';
import type { KitInstaller } from '../world/cluster/head';
import { clusterProcesses, jobProcesses, signal } from '../world/cluster/processes';
import { loadState } from '../world/cluster/state';
import { accepts, waitFor } from '../world/cluster/wait';
import { runCommand } from '../world/system/commands';

const scratch = mkdtempSync(join(tmpdir(), 'trawl-cluster-test-'));
const stateDir = join(scratch, 'one');
const secondDir = join(scratch, 'two');

/** In the place of the product's gate: answers what it was called with. */
const echoKit: KitInstaller = async (root) => {
  mkdirSync(join(root, 'kit'), { recursive: true });
  writeFileSync(
    join(root, 'kit', 'gate.py'),
    'import json, os, sys\nprint(json.dumps([os.environ.get("SSH_ORIGINAL_COMMAND")] + sys.argv[1:]))\n',
  );
};

const start = (directory: string) => startCluster({ stateDir: directory, kit: echoKit, messageTimeoutSeconds: 4 });

let cluster: Cluster;

async function newKey(name: string): Promise<string> {
  await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(scratch, name)]);
  return readFileSync(join(scratch, `${name}.pub`), 'utf8');
}

function ssh(key: string, options: readonly string[], ...command: readonly string[]) {
  const { host, port, user, hostKey } = cluster.head;
  const known = join(scratch, 'known_hosts');
  writeFileSync(known, `[${host}]:${port} ${hostKey}\n`);
  const pinned = [
    '-o',
    'StrictHostKeyChecking=yes',
    '-o',
    `UserKnownHostsFile=${known}`,
    '-o',
    'GlobalKnownHostsFile=/dev/null',
    '-o',
    'BatchMode=yes',
  ];
  const login = ['-F', 'none', '-i', join(scratch, key), '-o', 'IdentitiesOnly=yes', '-p', String(port), `${user}@${host}`];
  return runCommand('ssh', [...pinned, ...options, ...login, ...command], { timeoutSeconds: 20 });
}

/** sbatch of a shell script that is nothing but this line; answers sbatch's own result. */
function sbatch(name: string, line: string, extra: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) {
  const own = ['--parsable', `--job-name=${name}`, `--comment=trawl:${name}`, '--no-requeue', `--output=${join(scratch, 'job-%j.out')}`];
  return cluster.run('sbatch', [...own, '--chdir=/', ...extra, `--wrap=${line}`], environment);
}

const queued = async (...filter: readonly string[]) =>
  (await cluster.run('squeue', ['-h', '-o', '%j|%k|%T', ...filter])).stdout.trim().split('\n').filter(Boolean);

async function accounted(name: string, state: string): Promise<string> {
  let text = '';
  await waitFor(
    `${name} is ${state} in sacct`,
    30,
    async () => {
      text = (await cluster.run('sacct', ['-X', '-n', '-P', `--name=${name}`, '-o', 'JobName,Comment,Partition,State'])).stdout.trim();
      return text.split('|')[3]?.startsWith(state) ?? false;
    },
    () => text,
  );
  return text;
}

const running = (count: number, name: string) =>
  waitFor(`${count} jobs run`, 30, async () => (await queued(`--name=${name}`, '-t', 'RUNNING')).length === count);

beforeAll(async () => {
  cluster = await start(stateDir);
}, 120_000);

afterAll(async () => {
  for (const directory of [stateDir, secondDir]) if (loadState(directory)) await attachCluster(directory).stop();
  rmSync(scratch, { recursive: true, force: true });
}, 60_000);

describe('the Slurm cluster of the local world', () => {
  jest.setTimeout(60_000);

  it.each(['work', 'data'])('runs a job in partition %s and accounts for it with its comment', async (partition) => {
    await sbatch(`plain-${partition}`, 'true', ['-p', partition]);
    await expect(accounted(`plain-${partition}`, 'COMPLETED')).resolves.toBe(
      `plain-${partition}|trawl:plain-${partition}|${partition}|COMPLETED`,
    );
  });

  it('runs six jobs beside each other, whose processes can be killed from outside', async () => {
    await Promise.all(Array.from({ length: 6 }, () => sbatch('beside', 'exec sleep 301', ['-c', '1'])));
    await running(6, 'beside');
    await waitFor('six processes', 10, () => jobProcesses(stateDir).filter(({ command }) => command === 'sleep 301').length === 6);
    expect(cluster.faults.killJobProcesses(/^sleep 301$/)).toBe(6);
    await expect(accounted('beside', 'FAILED')).resolves.toContain('FAILED');
  });

  it('lets a job be cancelled behind the back of who submitted it', async () => {
    await sbatch('victim', 'exec sleep 302');
    await running(1, 'victim');
    await cluster.faults.cancelBehindBack('victim');
    await expect(accounted('victim', 'CANCELLED')).resolves.toContain('CANCELLED');
  });

  it('accepts a submission whose reply gets lost, once, while everything else passes', async () => {
    const held = await cluster.faults.holdSbatchReply(1);
    const gate = () => JSON.parse(readFileSync(join(cluster.root, 'kit', 'gate.json'), 'utf8')) as { environment: Record<string, string> };
    expect(gate().environment).toMatchObject(held.environment);
    const lost = await sbatch('ghost', 'exec sleep 303', [], held.environment);
    expect(lost).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('Socket timed out on send/recv operation') as string,
    });
    await held.allSwallowed(1);
    await expect(cluster.run('squeue', ['-h', '-o', '%k', '--name=ghost'], held.environment)).resolves.toMatchObject({
      stdout: 'trawl:ghost\n',
    });
    await expect(sbatch('after-ghost', 'true', [], held.environment)).resolves.toMatchObject({ code: 0 });
    await held.release();
    expect(gate().environment).toMatchObject(cluster.environment);
    await cluster.faults.cancelBehindBack('ghost');
  });

  it('keeps its jobs while slurmctld is down, and says that it cannot be reached', async () => {
    await sbatch('survivor', 'sleep 2');
    await running(1, 'survivor');
    await cluster.faults.stopSlurmctld();
    const refused = await cluster.run('squeue', []);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Unable to contact slurm controller (connect failure)') as string,
    });
    await cluster.faults.startSlurmctld();
    await expect(accounted('survivor', 'COMPLETED')).resolves.toContain('COMPLETED');
  });

  it('loses sacct while slurmdbd is down, and gets it back with what happened meanwhile', async () => {
    await cluster.faults.stopSlurmdbd();
    expect((await cluster.run('sacct', [])).stderr).toContain('Problem talking to the database');
    await sbatch('meanwhile', 'true');
    await cluster.faults.startSlurmdbd();
    await expect(accounted('meanwhile', 'COMPLETED')).resolves.toContain('trawl:meanwhile');
  });
});

describe('the head node of the local world', () => {
  jest.setTimeout(60_000);

  it('runs the forced command, whatever is asked, for a key that was let in', async () => {
    cluster.authorize(await newKey('friend'));
    const answer = await ssh('friend', [], 'cat', '/etc/passwd');
    const { root } = cluster;
    expect(answer).toMatchObject({ code: 0 });
    expect(JSON.parse(answer.stdout)).toEqual(['cat /etc/passwd', '--root', root, '--config', join(root, 'kit', 'gate.json')]);
  });

  it('refuses a key that was not let in, and has no other way to log in', async () => {
    await newKey('stranger');
    expect(await ssh('stranger', [], 'status')).toMatchObject({
      code: 255,
      stderr: expect.stringMatching(/Permission denied \(publickey\)/) as string,
    });
  });

  it('forwards no port', async () => {
    const answer = await ssh('friend', ['-o', 'ExitOnForwardFailure=yes', '-W', `127.0.0.1:${cluster.head.port}`]);
    expect(answer.stderr).toContain('administratively prohibited');
  });

  it('is gone and comes back under the same key when sshd stops and starts', async () => {
    await cluster.faults.stopSshd();
    expect(await ssh('friend', [], 'status')).toMatchObject({ code: 255, stderr: expect.stringContaining('Connection refused') as string });
    await cluster.faults.startSshd();
    expect(await ssh('friend', [], 'status')).toMatchObject({ code: 0 });
  });
});

describe('clusters on one machine', () => {
  jest.setTimeout(90_000);

  it('listens on loopback addresses alone', async () => {
    const outside = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const addresses = outside.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address);
    const ports = Object.values(loadState(stateDir)!.ports);
    const open = await Promise.all(addresses.flatMap((address) => ports.map((port) => accepts(address, port))));
    expect(open).not.toContain(true);
  });

  it('runs two side by side that see nothing of each other, and ends one without the other', async () => {
    await sbatch('mine', 'exec sleep 304');
    await running(1, 'mine');
    const second = await start(secondDir);
    await expect(second.run('squeue', ['-h'])).resolves.toMatchObject({ code: 0, stdout: '' });
    expect(Object.values(loadState(secondDir)!.ports).filter((port) => Object.values(loadState(stateDir)!.ports).includes(port))).toEqual(
      [],
    );
    await second.stop();
    expect(clusterProcesses(secondDir)).toEqual([]);
    expect(Object.values(clusterStatus(stateDir))).not.toContain(false);
    await expect(queued('--name=mine')).resolves.toHaveLength(1);
  });

  it('keeps what runs when it is started a second time', async () => {
    const before = cluster.processes().map(({ pid }) => pid);
    cluster = await start(stateDir);
    expect(cluster.processes().map(({ pid }) => pid)).toEqual(before);
  });

  it('starts again on the same ports with its accounts after everything was killed', async () => {
    const { ports } = loadState(stateDir)!;
    signal(cluster.processes(), 'SIGKILL');
    await waitFor('all are dead', 10, () => cluster.processes().length === 0);
    cluster = await start(stateDir);
    expect(loadState(stateDir)!.ports).toEqual(ports);
    await expect(accounted('plain-work', 'COMPLETED')).resolves.toContain('trawl:plain-work');
    await sbatch('reborn', 'true');
    await expect(accounted('reborn', 'COMPLETED')).resolves.toContain('reborn');
  });

  it('leaves no process when it is stopped, those of a running job included', async () => {
    await sbatch('last', "trap '' TERM; while :; do sleep 305; done");
    await running(1, 'last');
    const pids = cluster.processes().map(({ pid }) => pid);
    expect(jobProcesses(stateDir).length).toBeGreaterThan(1);
    await cluster.stop();
    expect(cluster.processes()).toEqual([]);
    const alive = pids.filter((pid) => !/^$|^State:\s*Z/m.test(statusOf(pid)));
    expect(alive).toEqual([]);
  });
});

function statusOf(pid: number): string {
  try {
    return /^State:.*$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[0] ?? '';
  } catch {
    return '';
  }
}
