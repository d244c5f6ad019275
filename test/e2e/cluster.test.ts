import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobProcesses } from '../world/cluster/processes';
import { openTestbed, type Testbed } from '../world/cluster/testbed';
import { waitFor } from '../world/cluster/wait';

let bed: Testbed;

beforeAll(async () => {
  bed = await openTestbed();
}, 120_000);

afterAll(() => bed.close(), 60_000);

describe('the Slurm cluster of the local world', () => {
  jest.setTimeout(60_000);

  it.each(['work', 'data'])('runs a job in partition %s and accounts for it with its comment', async (partition) => {
    await bed.sbatch(`plain-${partition}`, 'true', ['-p', partition]);
    await expect(bed.accounted(`plain-${partition}`, 'COMPLETED')).resolves.toBe(
      `plain-${partition}|trawl:plain-${partition}|${partition}|COMPLETED`,
    );
  });

  it('runs six jobs beside each other, whose processes can be killed from outside', async () => {
    await Promise.all(Array.from({ length: 6 }, () => bed.sbatch('beside', 'exec sleep 301', ['-c', '1'])));
    await bed.running(6, 'beside');
    await waitFor('six processes', 10, () => jobProcesses(bed.stateDir).filter(({ command }) => command === 'sleep 301').length === 6);
    expect(bed.cluster.faults.killJobProcesses(/^sleep 301$/)).toBe(6);
    await expect(bed.accounted('beside', 'FAILED')).resolves.toContain('FAILED');
  });

  it('lets a job be cancelled behind the back of who submitted it', async () => {
    await bed.sbatch('victim', 'exec sleep 302');
    await bed.running(1, 'victim');
    await bed.cluster.faults.cancelBehindBack('victim');
    await expect(bed.accounted('victim', 'CANCELLED')).resolves.toContain('CANCELLED');
  });

  it('accepts a submission whose reply gets lost, once, while everything else passes', async () => {
    const held = await bed.cluster.faults.holdSbatchReply(1);
    const gate = () =>
      JSON.parse(readFileSync(join(bed.cluster.root, 'kit', 'gate.json'), 'utf8')) as { environment: Record<string, string> };
    expect(gate().environment).toMatchObject(held.environment);
    const lost = await bed.sbatch('ghost', 'exec sleep 303', [], held.environment);
    expect(lost).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('Socket timed out on send/recv operation') as string,
    });
    await held.allSwallowed(1);
    await expect(bed.cluster.run('squeue', ['-h', '-o', '%k', '--name=ghost'], held.environment)).resolves.toMatchObject({
      stdout: 'trawl:ghost\n',
    });
    await expect(bed.sbatch('after-ghost', 'true', [], held.environment)).resolves.toMatchObject({ code: 0 });
    await held.release();
    expect(gate().environment).toMatchObject(bed.cluster.environment);
    await bed.cluster.faults.cancelBehindBack('ghost');
  });

  it('keeps its jobs while slurmctld is down, and says that it cannot be reached', async () => {
    await bed.sbatch('survivor', 'sleep 2');
    await bed.running(1, 'survivor');
    await bed.cluster.faults.stopSlurmctld();
    const refused = await bed.cluster.run('squeue', []);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Unable to contact slurm controller (connect failure)') as string,
    });
    await bed.cluster.faults.startSlurmctld();
    await expect(bed.accounted('survivor', 'COMPLETED')).resolves.toContain('COMPLETED');
  });

  it('loses sacct while slurmdbd is down, and gets it back with what happened meanwhile', async () => {
    await bed.cluster.faults.stopSlurmdbd();
    expect((await bed.cluster.run('sacct', [])).stderr).toContain('Problem talking to the database');
    await bed.sbatch('meanwhile', 'true');
    await bed.cluster.faults.startSlurmdbd();
    // Its comment is lost where the message of its end overtakes that of its start; the product asks sacct by name.
    await expect(bed.accounted('meanwhile', 'COMPLETED')).resolves.toMatch(/^meanwhile\|.*\|COMPLETED$/);
  });
});

describe('the head node of the local world', () => {
  jest.setTimeout(60_000);

  it('runs the forced command, whatever is asked, for a key that was let in', async () => {
    bed.cluster.authorize(await bed.newKey('friend'));
    const answer = await bed.ssh('friend', [], 'cat', '/etc/passwd');
    const { root } = bed.cluster;
    expect(answer).toMatchObject({ code: 0 });
    expect(JSON.parse(answer.stdout)).toEqual(['cat /etc/passwd', '--root', root, '--config', join(root, 'kit', 'gate.json')]);
  });

  it('refuses a key that was not let in, and has no other way to log in', async () => {
    await bed.newKey('stranger');
    expect(await bed.ssh('stranger', [], 'status')).toMatchObject({
      code: 255,
      stderr: expect.stringMatching(/Permission denied \(publickey\)/) as string,
    });
  });

  it('forwards no port', async () => {
    const answer = await bed.ssh('friend', ['-o', 'ExitOnForwardFailure=yes', '-W', `127.0.0.1:${bed.cluster.head.port}`]);
    expect(answer.stderr).toContain('administratively prohibited');
  });

  it('is gone and comes back under the same key when sshd stops and starts', async () => {
    await bed.cluster.faults.stopSshd();
    expect(await bed.ssh('friend', [], 'status')).toMatchObject({
      code: 255,
      stderr: expect.stringContaining('Connection refused') as string,
    });
    await bed.cluster.faults.startSshd();
    expect(await bed.ssh('friend', [], 'status')).toMatchObject({ code: 0 });
  });
});
