import { startDaemon, stopDaemon, clusterEnvironment } from './daemons';
import { mustRun, paths } from './config';
import { writeGateConfig } from './head';
import { jobProcesses, signal } from './processes';
import { startReplyProxy } from './reply-proxy';
import type { ClusterState } from './state';
import { waitFor } from './wait';

/** Submissions whose replies are lost, from the moment the promise resolves until `release`. */
export type HeldReplies = {
  /** How many replies were swallowed: so many jobs were accepted without their submitter hearing of it. */
  readonly swallowed: () => number;
  /** Resolves when all that were asked for are swallowed. */
  readonly allSwallowed: (timeoutSeconds: number) => Promise<void>;
  /** For a command of one's own to be hit as well; the gate is pointed there already. */
  readonly environment: Readonly<Record<string, string>>;
  /** Puts the gate back on the straight way and ends the proxy. Twice is safe. */
  readonly release: () => Promise<void>;
};

/** What can go wrong on a real cluster, made to happen on this one. Stops wait until it is gone, starts until it answers; twice is safe. */
export type Faults = {
  readonly stopSshd: () => Promise<void>;
  readonly startSshd: () => Promise<void>;
  readonly stopSlurmctld: () => Promise<void>;
  readonly startSlurmctld: () => Promise<void>;
  readonly stopSlurmdbd: () => Promise<void>;
  readonly startSlurmdbd: () => Promise<void>;
  /** The next `count` sbatch calls of the gate are accepted by slurmctld, but time out without a reply. The proxy lives in this process. */
  readonly holdSbatchReply: (count: number) => Promise<HeldReplies>;
  /** SIGKILL to every process of a job whose command line matches; answers how many. slurmstepd itself is spared. */
  readonly killJobProcesses: (pattern: RegExp) => number;
  /** The same with SIGSTOP: they do nothing any more, and do not end. */
  readonly stopJobProcesses: (pattern: RegExp) => number;
  /** scancel by job name, straight and not through the gate. */
  readonly cancelBehindBack: (jobName: string) => Promise<void>;
};

/** The faults of one running cluster. */
export function clusterFaults(state: ClusterState): Faults {
  return {
    stopSshd: () => stopDaemon(state, 'sshd'),
    startSshd: () => startDaemon(state, 'sshd'),
    stopSlurmctld: () => stopDaemon(state, 'slurmctld'),
    startSlurmctld: () => startDaemon(state, 'slurmctld'),
    stopSlurmdbd: () => stopDaemon(state, 'slurmdbd'),
    startSlurmdbd: () => startDaemon(state, 'slurmdbd'),
    holdSbatchReply: (count) => holdSbatchReply(state, count),
    killJobProcesses: (pattern) => signalJobProcesses(state, pattern, 'SIGKILL'),
    stopJobProcesses: (pattern) => signalJobProcesses(state, pattern, 'SIGSTOP'),
    cancelBehindBack: async (jobName) => {
      await mustRun('scancel', [`--name=${jobName}`], { ...process.env, ...clusterEnvironment(state) });
    },
  };
}

function signalJobProcesses(state: ClusterState, pattern: RegExp, name: 'SIGKILL' | 'SIGSTOP'): number {
  const matching = jobProcesses(state.stateDir).filter(({ command }) => !command.startsWith('slurmstepd') && pattern.test(command));
  signal(matching, name);
  return matching.length;
}

async function holdSbatchReply(state: ClusterState, count: number): Promise<HeldReplies> {
  const target = { host: state.host.address, port: state.ports.slurmctld };
  const proxy = await startReplyProxy({ port: state.ports.proxy, target, count });
  const { lossySlurmConf } = paths(state);
  writeGateConfig(state, lossySlurmConf);
  return {
    swallowed: proxy.swallowed,
    allSwallowed: (timeoutSeconds) => waitFor(`${count} replies are swallowed`, timeoutSeconds, () => proxy.swallowed() >= count),
    environment: clusterEnvironment(state, lossySlurmConf),
    release: async () => {
      writeGateConfig(state);
      await proxy.close();
    },
  };
}
