import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from './wait';

/** A living process as /proc shows it. */
export type LiveProcess = { readonly pid: number; readonly parent: number; readonly command: string };

/**
 * The processes of the cluster under this directory, found by what the kernel knows and not by recorded pids, so that a crash of
 * whoever started them, or a pid used again, changes nothing: every daemon (and each slurmstepd) holds a file in `log/` open for writing,
 * every job carries the cluster's SLURM_CONF in its environment, and the rest descends from these. `log` narrows the first to one file's name.
 */
export function clusterProcesses(stateDir: string, log?: string): readonly LiveProcess[] {
  const all = liveProcesses();
  const wanted = join(stateDir, 'log', log ?? '');
  const matches = (path: string) => (log === undefined ? path.startsWith(wanted) : path === wanted);
  const roots = all.filter(({ pid }) => writesTo(pid, matches) || (log === undefined && isJobOf(pid, stateDir)));
  return withDescendants(roots, all);
}

/** The processes of jobs: the slurmstepds of this cluster's slurmd and all that descends from them. */
export function jobProcesses(stateDir: string): readonly LiveProcess[] {
  const all = liveProcesses();
  const steps = clusterProcesses(stateDir).filter(({ pid, command }) => command.startsWith('slurmstepd') || isJobOf(pid, stateDir));
  return withDescendants(steps, all);
}

/** Ends these processes: SIGTERM, after `graceSeconds` SIGKILL, and waits until `find` sees none. Asks `find` again, for children born meanwhile. */
export async function endProcesses(find: () => readonly LiveProcess[], graceSeconds: number): Promise<void> {
  signal(find(), 'SIGTERM');
  try {
    await waitFor('processes end', graceSeconds, () => find().length === 0);
  } catch {
    await waitFor('killed processes end', 10, () => {
      const left = find();
      signal(left, 'SIGKILL');
      return left.length === 0;
    });
  }
}

/** Sends a signal to each; one that is gone already is no error. */
export function signal(processes: readonly Pick<LiveProcess, 'pid'>[], name: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function liveProcesses(): readonly LiveProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const stat = readOrEmpty(`/proc/${name}/stat`);
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === undefined || parent === undefined || state === 'Z' || state === 'X') return [];
      const command = readOrEmpty(`/proc/${name}/cmdline`).split('\0').join(' ').trim();
      return [{ pid: Number(name), parent: Number(parent), command }];
    });
}

function withDescendants(roots: readonly LiveProcess[], all: readonly LiveProcess[]): readonly LiveProcess[] {
  const found = new Map(roots.map((each) => [each.pid, each]));
  // A Map visits what is added to it while it is being walked, so one walk reaches every generation.
  for (const pid of found.keys()) for (const each of all) if (each.parent === pid) found.set(each.pid, each);
  return [...found.values()];
}

function writesTo(pid: number, matches: (path: string) => boolean): boolean {
  return entries(`/proc/${pid}/fd`).some((fd) => {
    try {
      if (!matches(readlinkSync(`/proc/${pid}/fd/${fd}`))) return false;
    } catch {
      return false;
    }
    const flags = /^flags:\s*([0-7]+)/m.exec(readOrEmpty(`/proc/${pid}/fdinfo/${fd}`))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & 3) !== 0;
  });
}

/** SLURM_JOB_ID too: a person's shell may have SLURM_CONF set to look at this cluster, and must live. */
function isJobOf(pid: number, stateDir: string): boolean {
  const variables = readOrEmpty(`/proc/${pid}/environ`).split('\0');
  return variables.some((each) => each.startsWith(`SLURM_CONF=${stateDir}/`)) && variables.some((each) => each.startsWith('SLURM_JOB_ID='));
}

function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
