import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * Every process of an emulator, down to the functions' own, carries this variable with the emulator's state folder. So they are all
 * found after any crash and in any session or process group, and a process id used again by something else is never taken for ours.
 */
const MARK = 'TRAWL_EMULATOR_STATE';
const POLL_MILLISECONDS = 100;
const GRACE_MILLISECONDS = 1_000;
const KILL_MILLISECONDS = 10_000;

export const sleep = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address !== null ? done(address.port) : fail(new Error('no port was given'))));
    });
  });
}

export interface DetachedProcess {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logsPath: string;
  /** The emulator's state folder. */
  readonly mark: string;
}

/** Starts a program that outlives this one, in a session of its own, with exactly the given environment. Gives its process id. */
export function startDetached({ command, args, env, cwd, logsPath, mark }: DetachedProcess): number {
  const log = openSync(logsPath, 'a');
  try {
    const child = spawn(command, [...args], { cwd, env: { ...env, [MARK]: mark }, detached: true, stdio: ['ignore', log, log] });
    child.unref();
    if (child.pid === undefined) throw new Error(`could not start ${command}`);
    return child.pid;
  } finally {
    closeSync(log);
  }
}

/** The mark that processes which are started by an emulator have to be given on. */
export const MARK_VARIABLE = MARK;

function readProc<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null; // ended meanwhile, or another user's
  }
}

/** Whether there is such a process, and it has not ended. */
export const isAlive = (pid: number | string): boolean =>
  readProc(() => !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) ?? false;

/** Process ids of everything that carries the mark. */
export function markedProcesses(mark: string): readonly number[] {
  const wanted = `${MARK}=${mark}`;
  const carries = (pid: string): boolean =>
    readProc(() => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(wanted)) ?? false;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && carries(name) && isAlive(name))
    .map(Number);
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) readProc(() => process.kill(pid, signal));
}

/** Gone is what two looks in a row do not find: while a process executes another program, the kernel shows it without its environment. */
async function goneWithin(mark: string, milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds;
  let emptyLooks = 0;
  for (;;) {
    emptyLooks = markedProcesses(mark).length === 0 ? emptyLooks + 1 : 0;
    if (emptyLooks === 2) return true;
    if (Date.now() > end) return false;
    await sleep(POLL_MILLISECONDS);
  }
}

/**
 * Ends everything that carries the mark: asked first, then killed, then looked for once more. Safe to repeat.
 * @throws Error when something is still there
 */
export async function stopMarked(mark: string): Promise<void> {
  signalAll(markedProcesses(mark), 'SIGTERM');
  if (await goneWithin(mark, GRACE_MILLISECONDS)) return;
  for (const end = Date.now() + KILL_MILLISECONDS; Date.now() < end;) {
    signalAll(markedProcesses(mark), 'SIGKILL');
    if (await goneWithin(mark, POLL_MILLISECONDS)) return;
  }
  throw new Error(`still running after SIGKILL: processes ${markedProcesses(mark).join(', ')} of ${mark}`);
}

const socketsOf = (pid: number): readonly string[] =>
  (readProc(() => readdirSync(`/proc/${pid}/fd`)) ?? [])
    .map((fd) => /^socket:\[(\d+)\]$/.exec(readProc(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? '')?.[1])
    .filter((inode) => inode !== undefined);

/** Addresses as the kernel writes them: 127.x.y.z, ::1 and IPv4-mapped 127.x.y.z. */
const LOOPBACK = [/^[0-9A-F]{6}7F$/, /^0{24}01000000$/, /^0{16}FFFF0000[0-9A-F]{6}7F$/];
const LISTEN_STATE = '0A';

export interface ListeningSocket {
  readonly port: number;
  readonly isLoopback: boolean;
}

/** The kernel's tables of connections, row by row: addresses are 1 and 2, the state is 3, the inode 9. */
const connections = (): readonly (readonly string[])[] =>
  ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((table) => (readProc(() => readFileSync(table, 'utf8')) ?? '').split('\n').slice(1))
    .map((row) => row.trim().split(/\s+/));

/** The marked process that has connected this port of its own to that one; undefined where none has. */
export function connectedProcess(mark: string, from: number, to: number): number | undefined {
  const isIts = (address: string | undefined, port: number): boolean => parseInt(address?.split(':')[1] ?? '', 16) === port;
  const inode = connections().find(([, own, other]) => isIts(own, from) && isIts(other, to))?.[9];
  return inode === undefined ? undefined : markedProcesses(mark).find((pid) => socketsOf(pid).includes(inode));
}

/** Environment that a process was started with; empty once it has ended. */
export const environmentOf = (pid: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (readProc(() => readFileSync(`/proc/${pid}/environ`, 'utf8')) ?? '')
      .split('\0')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  );

/** What the marked processes listen on (TCP). */
export function listeningSockets(mark: string): readonly ListeningSocket[] {
  const inodes = new Set(markedProcesses(mark).flatMap(socketsOf));
  return connections()
    .filter((fields) => fields[3] === LISTEN_STATE && inodes.has(fields[9] ?? ''))
    .map((fields) => {
      const [address = '', port = ''] = (fields[1] ?? '').split(':');
      return { port: parseInt(port, 16), isLoopback: LOOPBACK.some((pattern) => pattern.test(address)) };
    });
}
