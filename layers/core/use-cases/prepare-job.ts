import { tokenHashOf, enrolmentTokenOf } from '../callbacks/keys';
import { masterOf, newestMaster } from '../callbacks/masters';
import type { Job } from '../entities';
import { RecordMissingError } from '../errors';
import type { Deps } from './deps';

/** Where the two secrets of a job's enrolment are read. */
export interface JobSettings {
  /** SSM parameter with the master secret. */
  readonly masterSecretName: string;
  /** SSM parameter with the base URL that workers call back to. */
  readonly baseUrlParameter: string;
}

export type WantedJob = Pick<Job, 'jobId' | 'kind' | 'sourceId' | 'attempt' | 'deadline'> &
  Required<Pick<Job, 'enrolmentExpiresAt'>> &
  Partial<Pick<Job, 'workerId' | 'batchId' | 'stage'>>;
export interface PreparedJob {
  readonly job: Job;
  readonly enrolment: { readonly url: string; readonly token: string };
}

/**
 * Writes the intent before anything is asked of the world: the job's record with the hash of its enrolment token. The token is derived
 * from the job id, so running twice finds the same record and hands out the same token.
 */
export async function prepareJob(
  deps: Pick<Deps, 'stores' | 'secrets' | 'now'> & { readonly settings: JobSettings },
  wanted: WantedJob,
): Promise<PreparedJob> {
  const readMaster = (age?: 'anew'): Promise<string> => deps.secrets.get(deps.settings.masterSecretName, age);
  const [masters, baseUrl] = await Promise.all([readMaster(), deps.secrets.get(deps.settings.baseUrlParameter)]);
  const added = await deps.stores.jobs.add({
    ...wanted,
    status: 'requested',
    enrolmentHash: tokenHashOf(enrolmentTokenOf(newestMaster(masters), wanted.jobId)),
    lastSeq: 0,
    stopRequested: false,
    requestedAt: deps.now().toISOString(),
  });
  const job = added.item ?? (await deps.stores.jobs.get(wanted.jobId));
  if (!job) throw new RecordMissingError('job', wanted.jobId);
  // The secret may have been rotated since the record was written.
  const token = enrolmentTokenOf(await masterOf(readMaster, job), wanted.jobId);
  return { job, enrolment: { url: `${baseUrl.replace(/\/+$/, '')}/callbacks/enrol`, token } };
}
