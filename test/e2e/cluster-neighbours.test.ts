import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { clusterStatus } from '../world/cluster/cluster';
import { clusterProcesses, jobProcesses, signal } from '../world/cluster/processes';
import { loadState } from '../world/cluster/state';
import { openTestbed, type Testbed } from '../world/cluster/testbed';
import { accepts, waitFor } from '../world/cluster/wait';

let bed: Testbed;

beforeAll(async () => {
  bed = await openTestbed();
}, 120_000);

afterAll(() => bed.close(), 60_000);

describe('clusters on one machine', () => {
  jest.setTimeout(90_000);

  it('listens on loopback addresses alone', async () => {
    const outside = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const addresses = outside.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address);
    const ports = Object.values(loadState(bed.stateDir)!.ports);
    const open = await Promise.all(addresses.flatMap((address) => ports.map((port) => accepts(address, port))));
    expect(open).not.toContain(true);
  });

  it('runs two side by side that see nothing of each other, and ends one without the other', async () => {
    await bed.sbatch('mine', 'exec sleep 304');
    await bed.running(1, 'mine');
    const second = await bed.start(bed.secondDir);
    await expect(second.run('squeue', ['-h'])).resolves.toMatchObject({ code: 0, stdout: '' });
    expect(
      Object.values(loadState(bed.secondDir)!.ports).filter((port) => Object.values(loadState(bed.stateDir)!.ports).includes(port)),
    ).toEqual([]);
    await second.stop();
    expect(clusterProcesses(bed.secondDir)).toEqual([]);
    expect(Object.values(clusterStatus(bed.stateDir))).not.toContain(false);
    await expect(bed.queued('--name=mine')).resolves.toHaveLength(1);
  });

  it('keeps what runs when it is started a second time', async () => {
    const before = bed.cluster.processes().map(({ pid }) => pid);
    await bed.start(bed.stateDir);
    expect(bed.cluster.processes().map(({ pid }) => pid)).toEqual(before);
  });

  it('starts again on the same ports with its accounts after everything was killed', async () => {
    await bed.sbatch('early', 'true');
    await bed.accounted('early', 'COMPLETED');
    const { ports } = loadState(bed.stateDir)!;
    signal(bed.cluster.processes(), 'SIGKILL');
    await waitFor('all are dead', 10, () => bed.cluster.processes().length === 0);
    await bed.start(bed.stateDir);
    expect(loadState(bed.stateDir)!.ports).toEqual(ports);
    await expect(bed.accounted('early', 'COMPLETED')).resolves.toContain('trawl:early');
    await bed.sbatch('reborn', 'true');
    await expect(bed.accounted('reborn', 'COMPLETED')).resolves.toContain('reborn');
  });

  it('leaves no process when it is stopped, those of a running job included', async () => {
    await bed.sbatch('last', "trap '' TERM; while :; do sleep 305; done");
    await bed.running(1, 'last');
    // Slurm says RUNNING before the script has begun.
    await waitFor('the job has a shell and its sleep', 30, () => jobProcesses(bed.stateDir).length > 1);
    const pids = bed.cluster.processes().map(({ pid }) => pid);
    await bed.cluster.stop();
    expect(bed.cluster.processes()).toEqual([]);
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
