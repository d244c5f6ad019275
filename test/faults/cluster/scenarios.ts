import { injected } from '../../run/faults/ledger';
import type { Place } from '../../e2e/faults/place';
import { stallSecond, untilMidJob } from '../../e2e/faults/scenarios';
import { nameToTrawl, type WatchedSource } from '../../e2e/faults/watched-source';
import { mustRun } from '../../world/cluster/config';

type Slurm = (command: string, ...args: readonly string[]) => Promise<string>;
/** A command of the site's administrator; must end 0. */
const slurmOf = ({ installation: { cluster } }: Place): Slurm => {
  const environment = { ...process.env, ...cluster.environment };
  return (command, ...args) => mustRun(command, args, environment);
};
const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

/** Every state in which accounting has had its first job, starts before a requeue too. */
export const statesOf = async (place: Place, source: WatchedSource): Promise<readonly string[]> =>
  lines(await slurmOf(place)('sacct', '-X', '-D', '-n', '-P', '-S', 'now-1days', `--name=${source.key()}`, '-o', 'State'));
const idOf = async (slurm: Slurm, source: WatchedSource): Promise<string> =>
  lines(await slurm('squeue', '-h', `--name=${source.key()}`, '-o', '%i'))[0] ?? '';

/** Named, and in the middle of its work. */
async function inMidJob(place: Place, ...sources: readonly WatchedSource[]): Promise<void> {
  await Promise.all(sources.map((source) => stallSecond(source)()));
  await nameToTrawl(place, sources);
  await Promise.all(sources.map((source) => untilMidJob(source)));
}

/** Its partition takes the job and starts none until the warning stands. @returns the warning's words */
export async function pendingForEver(place: Place, source: WatchedSource): Promise<string> {
  const slurm = slurmOf(place);
  const warning = async () => (await source.now()).generatedWarning.find(({ code }) => code === 'long-pending')?.detail ?? '';
  await slurm('scontrol', 'update', 'PartitionName=work', 'State=DOWN');
  try {
    await nameToTrawl(place, [source]);
    await source.until('a warning with the word of Slurm', async () => (await warning()).includes('Slurm'));
    injected('slurm-pending-for-ever');
    return await warning();
  } finally {
    await slurm('scontrol', 'update', 'PartitionName=work', 'State=UP');
    await source.untilSettled();
  }
}

/** From before it is named until it is complete there is no database: sacct answers nothing. */
export async function withoutDatabase(place: Place, source: WatchedSource): Promise<void> {
  const { faults } = place.installation.cluster;
  await faults.stopSlurmdbd();
  injected('slurm-database-down');
  try {
    await nameToTrawl(place, [source]);
    await source.untilSettled();
  } finally {
    await faults.startSlurmdbd();
  }
}

/** An agent that is told of the limit ends itself before it. */
export const ENDED_BY_LIMIT = /^(FAILED|TIMEOUT)/;

/** A job of higher rank takes all of the node. */
export async function preempted(place: Place, source: WatchedSource): Promise<void> {
  const slurm = slurmOf(place);
  await inMidJob(place, source);
  const own = ['--job-name=urgent', '--partition=urgent', '--cpus-per-task=8', '--mem=100', '--output=/dev/null', '--chdir=/'];
  await slurm('sbatch', ...own, '--wrap=sleep 3600');
  try {
    await source.until('preemption', async () => (await statesOf(place, source)).includes('PREEMPTED'));
    injected('slurm-preempted');
  } finally {
    await slurm('scancel', '--name=urgent');
  }
  await source.untilSettled();
}

/** The site cuts its time short: to less than the notice that its job has asked for, so that this comes at once. */
export async function timedOut(place: Place, source: WatchedSource): Promise<void> {
  const slurm = slurmOf(place);
  await inMidJob(place, source);
  await slurm('scontrol', 'update', `JobId=${await idOf(slurm, source)}`, 'TimeLimit=1');
  await source.until('the end of its time', async () => (await statesOf(place, source)).some((state) => ENDED_BY_LIMIT.test(state)));
  injected('slurm-time-limit');
  await source.untilSettled();
}

/** The node dies under both; of one the site has said that it be started again. */
export async function nodeLost(place: Place, failed: WatchedSource, requeued: WatchedSource): Promise<void> {
  const { faults, run } = place.installation.cluster;
  const slurm = slurmOf(place);
  await inMidJob(place, failed, requeued);
  const id = await idOf(slurm, requeued);
  await slurm('scontrol', 'update', `JobId=${id}`, 'Requeue=1');
  await faults.loseNode();
  try {
    injected('slurm-node-failed');
    await requeued.until('a requeue', async () => /Restarts=1 /.test(await slurm('scontrol', 'show', 'job', id)));
    injected('slurm-node-failed-requeued');
  } finally {
    await faults.returnNode();
  }
  // Slurm lets what it requeues wait for two minutes, and not for nothing: its order to end the first start, sent anew to the node that is back, would end the second.
  await run('scontrol', ['update', `JobId=${id}`, 'StartTime=now+20']);
  await requeued.until('its second start', async () => !/JobState=PENDING/.test(await slurm('scontrol', 'show', 'job', id)));
  await Promise.all([failed.untilSettled(), requeued.untilSettled()]);
}

/** Something else answers at the head node's address until the warning stands. @returns the warning's words */
export async function hostKeyChanged(place: Place, source: WatchedSource): Promise<string> {
  const { faults } = place.installation.cluster;
  const words = async () => (await source.now()).generatedWarning.map(({ code, detail }) => `${code}: ${detail}`).join('; ');
  await faults.changeHostKey();
  try {
    // Space at home is measured by the head node, half a minute ago at most.
    await source.until('an old measurement', async () => {
      const measured = await place.stores.home.get();
      return measured === undefined || Date.now() - Date.parse(measured.measuredAt) > 35_000;
    });
    await nameToTrawl(place, [source]);
    await source.until('a warning', async () => (await words()).includes('host-key-changed'));
    injected('head-host-key-changed');
    return await words();
  } finally {
    await faults.restoreHostKey();
    await source.untilSettled();
  }
}
