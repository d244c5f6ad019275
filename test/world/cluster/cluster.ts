import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runCommand, type CommandResult } from '../system/commands';
import { ensureSystemPackages } from '../system/ensure';
import { clusterPackages } from '../system/packages';
import { paths, writeConfiguration } from './config';
import { clusterEnvironment, daemonNames, startDaemon, stopDaemon } from './daemons';
import { clusterFaults, type Faults } from './faults';
import { authorize, hostKeyLine, productKit, writeGateConfig, type KitInstaller } from './head';
import { clusterProcesses, endProcesses, jobProcesses, type LiveProcess } from './processes';
import { loadState, prepareState, type ClusterState, type StateOptions } from './state';

/** How a cluster is started. */
export type ClusterOptions = StateOptions & {
  /** What puts the kit under the root; the product's own installer by default. */
  readonly kit?: KitInstaller;
  /** Where Nextflow's jars are kept between clusters, `cache` beside the state directory by default. */
  readonly cacheDir?: string;
};

/** A running cluster, whoever started it. */
export type Cluster = {
  readonly head: { readonly host: string; readonly port: number; readonly user: string; readonly hostKey: string };
  /** The lab's storage, ROOT in the gate's contract. */
  readonly root: string;
  readonly slurmConf: string;
  /** What a command needs in its environment to speak to this cluster. */
  readonly environment: Readonly<Record<string, string>>;
  /** Lets an ed25519 public key in, for the gate alone. */
  readonly authorize: (publicKeyLine: string) => void;
  /** Runs a command (squeue, sacct …) in the cluster's environment, to its end or 60 s. */
  readonly run: (command: string, args: readonly string[], environment?: Readonly<Record<string, string>>) => Promise<CommandResult>;
  readonly faults: Faults;
  /** All living processes of the cluster, jobs included. */
  readonly processes: () => readonly LiveProcess[];
  /** Ends everything, jobs too, and rejects unless nothing is left. Files stay: a next start goes on from them. Twice is safe. */
  readonly stop: () => Promise<void>;
};

/**
 * Starts a Slurm cluster with accounting and a head node, all of it under `stateDir`. Repeatable: a running cluster is completed and kept, what an
 * earlier one left behind (files, stale pids, half of its daemons) is ended and taken up. Rejects with the last words of the daemon that fails.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const stateDir = resolve(options.stateDir);
  await ensureSystemPackages(clusterPackages);
  const kit = options.kit ?? productKit(options.cacheDir ?? resolve(stateDir, '..', 'cache'));
  const running = await takeUp(stateDir);
  const state = running ?? (await prepareState({ ...options, stateDir }));
  try {
    const installing = kit(state.root);
    // Awaited below; without this a failure in the meantime would end the process.
    installing.catch(() => undefined);
    if (!running) await startDaemons(state);
    await installing;
    writeGateConfig(state);
  } catch (error) {
    await stopCluster(state);
    throw error;
  }
  return handle(state);
}

/** A handle on a cluster that another process started. Throws where none was ever started; see clusterStatus for what runs. */
export function attachCluster(stateDir: string): Cluster {
  const state = loadState(resolve(stateDir));
  if (!state) throw new Error(`No cluster was started in ${stateDir}`);
  return handle(state);
}

/** Which daemons run; all false where no cluster was started. Read only. */
export function clusterStatus(stateDir: string): Readonly<Record<string, boolean>> {
  return Object.fromEntries(daemonNames.map((name) => [name, clusterProcesses(resolve(stateDir), `${name}.out`).length > 0]));
}

/** The state of a cluster that runs whole; else ends what is left of it and answers undefined. */
async function takeUp(stateDir: string): Promise<ClusterState | undefined> {
  const state = loadState(stateDir);
  const whole = Object.values(clusterStatus(stateDir)).every(Boolean);
  if (state && whole) return state;
  await endProcesses(() => clusterProcesses(stateDir), 10);
  return undefined;
}

async function startDaemons(state: ClusterState): Promise<void> {
  await writeConfiguration(state);
  await Promise.all([startDaemon(state, 'munged'), startDaemon(state, 'mariadbd'), startDaemon(state, 'sshd')]);
  // slurmctld refuses to start for the first time without its database, slurmd waits seconds for a slurmctld that is not there yet.
  for (const name of ['slurmdbd', 'slurmctld', 'slurmd'] as const) await startDaemon(state, name);
}

async function stopCluster(state: ClusterState): Promise<void> {
  // slurmctld before the jobs, or it would start the next one in their place; the database last, for what slurmctld still has to say.
  for (const name of ['sshd', 'slurmctld', 'slurmd'] as const) await stopDaemon(state, name);
  await endProcesses(() => jobProcesses(state.stateDir), 3);
  for (const name of ['slurmdbd', 'mariadbd', 'munged'] as const) await stopDaemon(state, name);
  await endProcesses(() => clusterProcesses(state.stateDir), 5);
  if (state.runDir !== join(state.stateDir, 'run')) rmSync(state.runDir, { recursive: true, force: true });
}

function handle(state: ClusterState): Cluster {
  const environment = clusterEnvironment(state);
  return {
    head: { host: '127.0.0.1', port: state.ports.ssh, user: state.user, hostKey: hostKeyLine(state) },
    root: state.root,
    slurmConf: paths(state).slurmConf,
    environment,
    authorize: (publicKeyLine) => authorize(state, publicKeyLine),
    run: (command, args, extra = {}) =>
      runCommand(command, args, { environment: { ...process.env, ...environment, ...extra }, timeoutSeconds: 60 }),
    faults: clusterFaults(state),
    processes: () => clusterProcesses(state.stateDir),
    stop: () => stopCluster(state),
  };
}
