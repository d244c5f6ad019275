import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../world/aws/processes';
import { accepts, waitFor } from '../../world/cluster/wait';
import type { MadeDroplet } from '../../world/digitalocean/control-schema';
import { type DigitalOcean, startDigitalOcean } from '../../world/digitalocean/server';
import { startDigitalOceanDaemon, stopDigitalOceanDaemon } from '../../world/digitalocean/start';
import { type CommandResult, runCommand } from '../../world/system/commands';
import { ensureSystemPackages } from '../../world/system/ensure';
import { dropletPackages } from '../../world/system/packages';
import { ask, create, Many, One, TOKEN } from './digitalocean-fixture';

const WAIT_SECONDS = 30;
const STAGING = '/var/lib/trawl/staging';

/** Programs of this machine whose command line holds these words. */
async function running(words: string): Promise<boolean> {
  return (await runCommand('pgrep', ['-f', words])).code === 0;
}

describe("a droplet of DigitalOcean's stand-in", () => {
  let server: DigitalOcean;
  let directory: string;
  let pullKey: string;
  beforeAll(async () => {
    await ensureSystemPackages(dropletPackages);
    directory = mkdtempSync(join(tmpdir(), 'trawl-do-'));
    pullKey = join(directory, 'pull_key');
    await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'pull', '-f', pullKey]);
    const settings = { boot: 'sandbox', activeAfterSeconds: 0, publicAddressAfterSeconds: 0, destroySeconds: 0 } as const;
    server = await startDigitalOcean({ stateDir: join(directory, 'state'), token: TOKEN, settings });
  });
  afterAll(async () => {
    await server.stop();
    await stopDigitalOceanDaemon({ stateDir: join(directory, 'daemon') });
    rmSync(directory, { recursive: true });
  });

  /** A droplet whose user data has ended. */
  const booted = async (userData: string, on: Pick<DigitalOcean, 'url' | 'control'> = server, token = TOKEN): Promise<MadeDroplet> => {
    const { droplet } = await create(on, { user_data: userData }, token);
    const made = () => on.control.droplet(droplet.id);
    await waitFor('end of the user data', WAIT_SECONDS, async () => (await made()).userDataExitCode !== null);
    return made();
  };
  /** What a worker does that lets the cluster pull: one key, for one command, below one folder. */
  const lettingIn = (): string => {
    const line = `command="rrsync -ro ${STAGING}",restrict ${readFileSync(`${pullKey}.pub`, 'utf8').trim()}`;
    const authorize = `mkdir -p /root/.ssh && cat >>/root/.ssh/authorized_keys <<'END'\n${line}\nEND`;
    return `#!/bin/bash\nset -eu\n${authorize}\nmkdir -p ${STAGING}/w-1\necho reads >${STAGING}/w-1/a.fastq\necho secret >/var/lib/trawl/secret\n`;
  };
  const sshCommand = ({ address, sshPort, hostKey }: MadeDroplet): readonly string[] => {
    const known = join(directory, `known-${address}`);
    writeFileSync(known, `[${address}]:${sshPort} ${hostKey}\n`);
    const options = ['StrictHostKeyChecking=yes', `UserKnownHostsFile=${known}`, 'BatchMode=yes', 'IdentitiesOnly=yes'];
    return ['ssh', '-F', 'none', '-p', String(sshPort), '-i', pullKey, ...options.flatMap((option) => ['-o', option])];
  };
  const rsync = (droplet: MadeDroplet, from: string, to: string): Promise<CommandResult> =>
    runCommand('rsync', ['-a', '-e', sshCommand(droplet).join(' '), from, to]);
  const ssh = (droplet: MadeDroplet, ...command: readonly string[]): Promise<CommandResult> => {
    const [program = '', ...args] = sshCommand(droplet);
    return runCommand(program, [...args, `root@${droplet.address}`, ...command]);
  };

  it('runs its user data as cloud-init does, on a machine of its own without Java', async () => {
    const asked = ['hostname', 'id -u', 'stat -c %a "$0"', 'echo "home=${HOME-}"', 'ls /root /home', 'command -v java || echo no java'];
    const droplet = await booted(`#!/bin/bash\n${asked.join('\n')}\necho words >&2\nls /proc | grep -c "^[0-9]" >/var/count\nexit 3\n`);
    expect(droplet.userDataExitCode).toBe(3);
    expect((await server.control.output(droplet.id)).split('\n')).toEqual([
      'lab.w-1',
      '0',
      '700',
      'home=',
      '/home:',
      '',
      '/root:',
      'no java',
      'words',
      '',
    ]);
    // Of all the processes of this machine it sees its own alone.
    expect(Number(readFileSync(join(droplet.disk!, 'var/count'), 'utf8'))).toBeLessThan(10);
    const shown = One.parse((await ask(server, 'GET', `/v2/droplets/${droplet.id}`)).body).droplet;
    expect(shown.networks.v4.find(({ type }) => type === 'public')?.ip_address).toBe(droplet.address);
  });

  it('tells by sshd -T and its key file what it can be reached by', async () => {
    const droplet = await booted(`#!/bin/sh\n/usr/sbin/sshd -T\ncat /etc/ssh/ssh_host_ed25519_key.pub\n`);
    const output = await server.control.output(droplet.id);
    expect(output.split('\n')).toEqual(
      expect.arrayContaining(['port 2222', `listenaddress ${droplet.address}:2222`, 'permitrootlogin without-password']),
    );
    expect(output).toContain(droplet.hostKey);
    expect(droplet.address).toMatch(/^127\.0\.1\.\d+$/);
  });

  it('lets files be pulled from one folder by a key that may do nothing else', async () => {
    const droplet = await booted(lettingIn());
    const target = join(directory, 'pulled');
    mkdirSync(target);
    const pulled = await rsync(droplet, `root@${droplet.address}:w-1/`, `${target}/`);
    expect([pulled.code, readFileSync(join(target, 'a.fastq'), 'utf8')]).toEqual([0, 'reads\n']);
    const refused = [
      await ssh(droplet),
      await ssh(droplet, 'cat', '/var/lib/trawl/secret'),
      await rsync(droplet, `${target}/a.fastq`, `root@${droplet.address}:w-1/b.fastq`),
      await rsync(droplet, `root@${droplet.address}:../secret`, `${target}/`),
    ];
    expect(refused.map(({ code }) => code === 0)).toEqual([false, false, false, false]);
    expect([existsSync(join(target, 'secret')), existsSync(join(droplet.disk!, STAGING, 'w-1/b.fastq'))]).toEqual([false, false]);
  });

  it('has another address and host key than the next one, and than itself once that is replaced', async () => {
    const [one, other] = [await booted(lettingIn()), await booted('#!/bin/sh\n')];
    expect([one.address === other.address, one.hostKey === other.hostKey]).toEqual([false, false]);
    const replaced = await server.control.replaceHostKey(one.id);
    expect(replaced.hostKey).not.toBe(one.hostKey);
    const pull = (droplet: MadeDroplet) => rsync(droplet, `root@${droplet.address}:w-1/a.fastq`, join(directory, 'again'));
    await waitFor('the new host key', WAIT_SECONDS, async () => (await pull(replaced)).code === 0);
    expect((await pull(one)).stderr).toContain('Host key verification failed');
  });

  it('ends whole when it is destroyed', async () => {
    const words = 'sleep 71234567';
    const droplet = await booted(`#!/bin/sh\nsetsid ${words} &\n`);
    await waitFor('the process that was left behind', WAIT_SECONDS, () => running(words));
    expect((await ask(server, 'DELETE', `/v2/droplets/${droplet.id}`)).status).toBe(204);
    await waitFor('404', WAIT_SECONDS, async () => (await ask(server, 'GET', `/v2/droplets/${droplet.id}`)).status === 404);
    expect([await running(words), existsSync(droplet.disk!), await accepts(droplet.address, 2222)]).toEqual([false, false, false]);
    expect(await server.control.droplet(droplet.id)).toMatchObject({ status: 'destroyed', pid: null, disk: null });
  });

  it('can be killed behind the back of the API, which goes on listing it', async () => {
    await server.control.set({ listLagSeconds: 0 });
    const droplet = await booted('#!/bin/sh\n');
    expect(await accepts(droplet.address, 2222)).toBe(true);
    expect(await server.control.kill(droplet.id)).toMatchObject({ status: 'active', pid: null });
    expect([await accepts(droplet.address, 2222), isAlive(droplet.pid!)]).toEqual([false, false]);
    expect(Many.parse((await ask(server, 'GET', '/v2/droplets')).body).droplets.map(({ id }) => id)).toContain(droplet.id);
  });

  it('does not outlive the stand-in, which outlives its starter, even when that is killed', async () => {
    const words = 'sleep 81234567';
    const stateDir = join(directory, 'daemon');
    const first = await startDigitalOceanDaemon({ stateDir });
    const droplet = await booted(`#!/bin/sh\nsetsid ${words} &\n`, first, first.token);
    await waitFor('the process that was left behind', WAIT_SECONDS, () => running(words));
    const { pid } = JSON.parse(readFileSync(join(stateDir, 'digitalocean.log'), 'utf8').split('\n')[0]!) as { pid: number };
    process.kill(pid, 'SIGKILL');
    await waitFor('the end of the sandbox', WAIT_SECONDS, async () => !(await running(words)) && !isAlive(droplet.pid!));
    expect(await accepts(droplet.address, 2222)).toBe(false);
    const second = await startDigitalOceanDaemon({ stateDir });
    expect([await second.control.droplets(), existsSync(droplet.disk!)]).toEqual([[], false]);
  });
});
