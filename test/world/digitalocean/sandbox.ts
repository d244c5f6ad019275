import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { runCommand } from '../system/commands';
import { type DiskOptions, hostnameOf, INIT_SCRIPT, layDisk, newHostKey, SHARED_ETC } from './disk';

/** What runs behind a droplet. */
export interface Machine {
  /** Its first process, as this machine numbers it; null once it has ended. */
  pid(): number | null;
  readonly disk: string;
  /** Ends all its processes; the disk stays. Safe to repeat. */
  kill(): Promise<void>;
  /** Ends it and removes its disk. */
  remove(): Promise<void>;
  /** Another host key, served from now on. */
  replaceHostKey(): Promise<void>;
}

/** What sshd, rsync and a job need. Not among them: mounting, rebooting, other machines' clocks and networks. */
const CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SYS_CHROOT',
  'NET_BIND_SERVICE',
  'AUDIT_WRITE',
];
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const sandboxArguments = (disk: string, name: string): readonly string[] => [
  ...['--die-with-parent', '--info-fd', '3', '--unshare-pid', '--unshare-uts', '--unshare-ipc', '--hostname', hostnameOf(name)],
  ...['--clearenv', '--setenv', 'PATH', PATH, '--setenv', 'LANG', 'C.UTF-8'],
  ...['--bind', disk, '/', '--ro-bind', '/usr', '/usr', '--proc', '/proc', '--dev', '/dev'],
  // A cloud image has neither Java nor what this machine's administrator put there.
  ...['/usr/lib/jvm', '/usr/local'].filter((path) => existsSync(path)).flatMap((path) => ['--tmpfs', path]),
  ...SHARED_ETC.flatMap((path) => ['--ro-bind-try', path, path]),
  ...['--cap-drop', 'ALL', ...CAPABILITIES.flatMap((capability) => ['--cap-add', `CAP_${capability}`])],
  ...['--chdir', '/', '--', '/bin/bash', '-c', INIT_SCRIPT],
];

const Info = z.object({ 'child-pid': z.int() });

/** bubblewrap says once, on descriptor 3, which process is the first one inside. */
async function firstProcess(child: ChildProcess): Promise<number> {
  let text = '';
  for await (const chunk of child.stdio[3] as Readable) {
    text += String(chunk);
    if (text.includes('}')) return Info.parse(JSON.parse(text))['child-pid'];
  }
  throw new Error('bubblewrap ended before it had made the sandbox (it needs root)');
}

function startBubblewrap(disk: string, name: string, logPath: string): ChildProcess {
  const log = openSync(logPath, 'a');
  try {
    return spawn('bwrap', sandboxArguments(disk, name), { stdio: ['ignore', log, log, 'pipe'] });
  } finally {
    closeSync(log);
  }
}

/** Boots a droplet: a sandbox with a disk, host name, processes and sshd of its own, on this machine's network. */
export async function bootSandbox(
  options: Omit<DiskOptions, 'disk'> & { readonly id: number; readonly stateDir: string },
): Promise<Machine> {
  const disk = join(options.stateDir, 'disks', String(options.id));
  mkdirSync(disk, { recursive: true });
  await layDisk({ ...options, disk });
  const child = startBubblewrap(disk, options.name, join(options.stateDir, 'sandboxes.log'));
  const ended = once(child, 'exit').catch(() => undefined);
  const first = await firstProcess(child);
  const pid = (): number | null => (child.exitCode === null && child.signalCode === null ? first : null);
  const kill = async (): Promise<void> => {
    // The kernel ends all others in there before it reports the end of the first.
    if (pid() !== null) process.kill(first, 'SIGKILL');
    await ended;
  };
  return {
    pid,
    disk,
    kill,
    remove: async () => {
      await kill();
      await rm(disk, { recursive: true, force: true });
    },
    replaceHostKey: async () => {
      await newHostKey(disk);
      if (pid() !== null) await hangUpSshd(first);
    },
  };
}

async function hangUpSshd(first: number): Promise<void> {
  const script = 'kill -HUP "$(cat /run/sshd.pid)"';
  const done = await runCommand('nsenter', ['--target', String(first), '--pid', '--mount', '--', '/bin/sh', '-c', script]);
  if (done.code !== 0) throw new Error(`sshd could not be told: ${done.stderr.trim()}`);
}
