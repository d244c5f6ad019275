import { renameSync, rmSync } from 'node:fs';
import { daemonProcesses, startDaemon, stopDaemon, clusterEnvironment } from './daemons';
import { mustRun, paths } from './config';
import { writeGateConfig } from './head';
import { jobProcesses, signal, type LiveProcess } from './processes';
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
  /** The node dies with all that runs on it; resolves when slurmctld calls it down, half a minute later. */
  readonly loseNode: () => Promise<void>;
  readonly returnNode: () => Promise<void>;
  /** Everybody who speaks to the head node finds another host key there. */
  readonly changeHostKey: () => Promise<void>;
  readonly restoreHostKey: () => Promise<void>;
  /** sshd and its sessions stand still: connections stay open, and nothing comes back on them. */
  readonly freezeSshd: () => void;
  readonly thawSshd: () => void;
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
    loseNode: () => loseNode(state),
    returnNode: () => startDaemon(state, 'slurmd'),
    changeHostKey: () => changeHostKey(state),
    restoreHostKey: () => restoreHostKey(state),
    freezeSshd: () => signal(daemonProcesses(state, 'sshd'), 'SIGSTOP'),
    thawSshd: () => signal(daemonProcesses(state, 'sshd'), 'SIGCONT'),
  };
}

/** Without a word: nobody on it may tell slurmctld that a job has ended. */
async function loseNode(state: ClusterState): Promise<void> {
  const onNode = (): readonly LiveProcess[] => [...daemonProcesses(state, 'slurmd'), ...jobProcesses(state.stateDir)];
  // All at once, as a node dies: killed one by one, Nextflow would see a task die and start it anew, and that would outlive the node.
  let frozen = -1;
  for (let found = onNode(); found.length !== frozen; found = onNode()) {
    signal(found, 'SIGSTOP');
    frozen = found.length;
  }
  signal(onNode(), 'SIGKILL');
  await waitFor('the node is down', 180, async () => {
    const shown = await mustRun('sinfo', ['-h', '-N', '-o', '%t'], { ...process.env, ...clusterEnvironment(state) });
    return shown
      .split('\n')
      .filter(Boolean)
      .every((line) => line.startsWith('down'));
  });
}

const aside = (path: string): string => `${path}.aside`;
const KEY_FILES = ['', '.pub'];

async function changeHostKey(state: ClusterState): Promise<void> {
  const { hostKey } = paths(state);
  await stopDaemon(state, 'sshd');
  for (const end of KEY_FILES) renameSync(`${hostKey}${end}`, aside(`${hostKey}${end}`));
  await mustRun('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'another', '-f', hostKey]);
  await startDaemon(state, 'sshd');
}

async function restoreHostKey(state: ClusterState): Promise<void> {
  const { hostKey } = paths(state);
  await stopDaemon(state, 'sshd');
  for (const end of KEY_FILES) {
    rmSync(`${hostKey}${end}`);
    renameSync(aside(`${hostKey}${end}`), `${hostKey}${end}`);
  }
  await startDaemon(state, 'sshd');
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
