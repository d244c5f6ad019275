import { isMasterOf, mastersIn } from '../layers/core/callbacks/masters';
import type { Stores } from '../layers/core/ports/stores';
import { CliError } from './errors';

/** Where the parameter of the master secret is kept. */
export interface MasterParameter {
  /** undefined: there is none. */
  readonly read: () => Promise<string | undefined>;
  readonly write: (value: string) => Promise<void>;
}
type Looked = Pick<Stores, 'jobs' | 'workers'>;

const MOST_JOBS = 10_000;

async function standing({ read }: MasterParameter): Promise<readonly string[]> {
  const parameter = await read();
  if (parameter === undefined) throw new CliError('there is no master secret', 'trawl init --installation NAME');
  return mastersIn(parameter);
}

/** A new master secret in front of the one that stands. Not to be repeated before the old one was retired. @throws CliError */
export async function rotateMaster(parameter: MasterParameter, make: () => string): Promise<void> {
  const [current = '', ...before] = await standing(parameter);
  if (before.length > 0) throw new CliError('the last rotation is not over', 'trawl key retire-master --installation NAME');
  await parameter.write(`${make()},${current}`);
}

/** Jobs that still speak with keys of this secret: open ones, and those of workers that live. */
async function jobsOf(master: string, { jobs, workers }: Looked): Promise<readonly string[]> {
  const ofWorkers = await Promise.all((await workers.alive()).map(({ workerId }) => jobs.ofWorker(workerId)));
  const speaking = [...(await jobs.open(MOST_JOBS)), ...ofWorkers.flat()].filter((job) => isMasterOf(master, job));
  return [...new Set(speaking.map(({ jobId }) => jobId))].sort();
}

/**
 * Takes the secret before the newest out of use, once nobody speaks with its keys. Safe to repeat. @param isForced whoever still does is not heard any more
 * @returns whether there was one, and the jobs that still speak with its keys
 */
export async function retireMaster(
  parameter: MasterParameter,
  stores: Looked,
  isForced: boolean,
): Promise<{ readonly isRetired: boolean; readonly jobs: readonly string[] }> {
  const [newest = '', ...before] = await standing(parameter);
  const jobs = (await Promise.all(before.map((master) => jobsOf(master, stores)))).flat();
  if (jobs.length > 0 && !isForced) return { isRetired: false, jobs };
  if (before.length > 0) await parameter.write(newest);
  return { isRetired: before.length > 0, jobs };
}
