import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../system/commands';

export interface DiskOptions {
  readonly disk: string;
  readonly name: string;
  readonly address: string;
  readonly sshPort: number;
  readonly userData: string;
}

const HOST_KEY = 'etc/ssh/ssh_host_ed25519_key';
const SCRIPT = 'var/lib/cloud/instance/scripts/part-001';
const FINISHED = 'var/lib/cloud/instance/boot-finished';
const OUTPUT = 'var/log/cloud-init-output.log';
const FOLDERS = ['dev', 'etc/alternatives', 'etc/ssh', 'etc/ssl', 'home', 'mnt', 'opt', 'proc', 'root', 'run/sshd', 'srv', 'sys', 'usr'];
/** Of the machine; everything else below /usr/bin points at these two. */
export const SHARED_ETC = ['/etc/alternatives', '/etc/ssl'] as const;

/** Longer names are no host names to the kernel. */
export const hostnameOf = (name: string): string => name.slice(0, 63);

const sshdConfig = (address: string, port: number): string => `Port ${port}
ListenAddress ${address}
HostKey /${HOST_KEY}
PidFile /run/sshd.pid
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
LogLevel VERBOSE
Subsystem sftp /usr/lib/openssh/sftp-server
`;

/** Writes the disk of a new droplet: what its image has, a fresh host key, and the user data as cloud-init keeps it. */
export async function layDisk({ disk, name, address, sshPort, userData }: DiskOptions): Promise<void> {
  const at = (path: string): string => join(disk, path);
  const write = (path: string, text: string, mode = 0o644): void => writeFileSync(at(path), text, { mode });
  for (const folder of [...FOLDERS, 'var/lib/cloud/instance/scripts', 'var/log', 'var/tmp', 'tmp'])
    mkdirSync(at(folder), { recursive: true });
  for (const folder of ['bin', 'lib', 'lib64', 'sbin']) symlinkSync(`usr/${folder}`, at(folder));
  symlinkSync('../usr/lib/os-release', at('etc/os-release'));
  symlinkSync('../run', at('var/run'));
  const nobody = 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin';
  write('etc/passwd', `root:x:0:0:root:/root:/bin/bash\nsshd:x:102:65534::/run/sshd:/usr/sbin/nologin\n${nobody}\n`);
  write('etc/shadow', 'root:*:20000:0:99999:7:::\nsshd:!:20000::::::\nnobody:*:20000:0:99999:7:::\n', 0o640);
  write('etc/group', 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n');
  write('etc/nsswitch.conf', 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n');
  write('etc/hostname', `${hostnameOf(name)}\n`);
  write('etc/hosts', `127.0.0.1 localhost\n${address} ${name}\n`);
  if (existsSync('/etc/resolv.conf')) copyFileSync('/etc/resolv.conf', at('etc/resolv.conf'));
  write('etc/ssh/sshd_config', sshdConfig(address, sshPort));
  write('var/lib/cloud/instance/user-data.txt', userData, 0o600);
  // cloud-init runs what starts so as it is; it knows other forms too, this stand-in does not.
  if (userData.startsWith('#!')) write(SCRIPT, userData, 0o700);
  else if (userData !== '') write(OUTPUT, 'Unhandled user data: only a script that begins with #! is run here\n');
  await newHostKey(disk);
}

/** Gives the disk another host key pair. */
export async function newHostKey(disk: string): Promise<void> {
  const path = join(disk, HOST_KEY);
  rmSync(path, { force: true });
  rmSync(`${path}.pub`, { force: true });
  const made = await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'root@droplet', '-f', path]);
  if (made.code !== 0) throw new Error(`ssh-keygen: ${made.stderr.trim()}`);
}

const readOrNull = (path: string): string | null => (existsSync(path) ? readFileSync(path, 'utf8') : null);

/** `ssh-ed25519 AAAA…` without its comment; null while there is none. */
export function hostKeyOf(disk: string): string | null {
  const line = readOrNull(join(disk, `${HOST_KEY}.pub`));
  return line === null ? null : line.trim().split(' ').slice(0, 2).join(' ');
}

/** With which the user data ended; null while it runs. */
export function userDataExitCode(disk: string): number | null {
  const text = readOrNull(join(disk, FINISHED))?.trim() ?? '';
  return /^\d+$/.test(text) ? Number(text) : null;
}

export const outputOf = (disk: string): string => readOrNull(join(disk, OUTPUT)) ?? '';

/** What an init does here: sshd first (again where it fails, as an init does), then the user data as cloud-init runs it, and then it stays. Without HOME, as under cloud-init. */
export const INIT_SCRIPT = `cd /
for try in 1 2 3 4 5 6 7 8 9 10; do /usr/sbin/sshd -E /var/log/auth.log && break; sleep 1; done
code=0
if [ -e /${SCRIPT} ]; then /${SCRIPT} >>/${OUTPUT} 2>&1 </dev/null; code=$?; fi
echo "$code" >/${FINISHED}
exec sleep infinity`;
