import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ShowAnswer } from '../../../cli/schemas';
import { isSettled, show, status, until } from '../../world/demo/observe';
import type { Installation } from '../../world/installation/installation';

/** Long enough for busy cores; a wait ends with its event. */
export const WAIT_SECONDS = 480;

/** Waits until a source is as wanted; a failure tells what was seen last. */
export const untilSource = (
  { access }: Installation,
  sourceId: string,
  what: string,
  done: (shown: ShowAnswer) => boolean,
): Promise<ShowAnswer> => until(`${sourceId}: ${what}`, WAIT_SECONDS, () => show(access, sourceId), done);

/**
 * Waits until every batch and link of these sources is settled and their samplesheets are written.
 * @param cycle the least number of the cycle that this is asked of
 */
export async function untilSettled(installation: Installation, sourceIds: readonly string[], cycle = 1): Promise<readonly ShowAnswer[]> {
  const shown: ShowAnswer[] = [];
  for (const sourceId of sourceIds)
    shown.push(
      await untilSource(
        installation,
        sourceId,
        `settled in cycle ${cycle}`,
        (answer) => isSettled(answer) && Number(answer.source['cycle']) >= cycle && answer.source['cycleRunning'] === false,
      ),
    );
  return shown;
}

/** Waits until no worker is alive and no job is queued or runs. */
export async function untilQuiet(installation: Installation): Promise<void> {
  await until(
    'no worker alive',
    WAIT_SECONDS,
    () => status(installation.access),
    ({ workers }) => workers.length === 0,
  );
  await until(
    'an empty queue',
    WAIT_SECONDS,
    () => queued(installation),
    (names) => names.length === 0,
  );
}

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

/** Names of the jobs that Slurm has queued or runs. */
export const queued = async ({ cluster }: Installation): Promise<readonly string[]> =>
  lines((await cluster.run('squeue', ['-h', '-o', '%j'])).stdout);

/** Names of all jobs that were ever submitted, one for each submission, sorted. */
export const submitted = async ({ cluster }: Installation): Promise<readonly string[]> =>
  [...lines((await cluster.run('sacct', ['-X', '-n', '-P', '-S', 'now-1days', '-o', 'JobName'])).stdout)].sort();

/** Folders of jobs at home: every job that the gate accepted. */
export function jobFolders({ cluster }: Installation): readonly string[] {
  const folder = join(cluster.root, 'jobs');
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
