import type { Job } from '../entities';
import { tokenHashOf, enrolmentTokenOf, sameSecret } from './keys';

/**
 * Reads the parameter of the master secret: the newest secret and, while a rotation lasts, a comma and the one before it. *anew*: not as it was kept, if that is
 * some seconds old.
 */
export type ReadMaster = (age?: 'anew') => Promise<string>;
type Secured = Pick<Job, 'jobId' | 'enrolmentHash'>;

/** The secrets that hold, the newest first. Pure. */
export const mastersIn = (parameter: string): readonly string[] => parameter.split(',');
export const newestMaster = (parameter: string): string => mastersIn(parameter)[0] ?? parameter;

/** Whether the job's intent was written under this secret: the hash of its enrolment token tells. Pure. */
export const isMasterOf = (master: string, { jobId, enrolmentHash = '' }: Secured): boolean =>
  sameSecret(tokenHashOf(enrolmentTokenOf(master, jobId)), enrolmentHash);

/**
 * The secret under which a job's intent was written, so that all its keys stay as they are through a rotation. A function that has kept the parameter from
 * before the rotation does not find it there and reads once more. The newest where none fits.
 */
export async function masterOf(read: ReadMaster, job: Secured): Promise<string> {
  const kept = await read();
  const find = (parameter: string): string | undefined => mastersIn(parameter).find((master) => isMasterOf(master, job));
  return find(kept) ?? find(await read('anew')) ?? newestMaster(kept);
}
