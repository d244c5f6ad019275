import type { Job, Worker } from '../entities';
import { FINAL_JOB_STATUSES } from '../entities';
import { RecordMissingError } from '../errors';
import { jobKeyOf } from '../ids';
import { decideProbe, type NextState, type ProbeDecision, type Waiting } from './decide-probe';
import type { Deps } from './deps';
import { endJob } from './end-job';
import { holdWorker } from './hold-worker';
import { isolation } from './isolate';
import { neededProvider, neededWorker } from './needed';
import { providerLists } from './list-providers';
import { probeJobs } from './probe-jobs';
import { OVERTIME_SECONDS, runTimeoutSeconds, startTimeoutSeconds, startWindowSeconds } from './wait-times';

export type ProbeWorkerDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'gate' | 'providers' | 'now' | 'installation'>;
export interface ProbedWorker {
  readonly next: NextState;
  readonly looks: number;
  readonly startTimeoutSeconds: number;
  readonly runTimeoutSeconds: number;
}

/**
 * After a wait timed out: asks the cluster and the provider, applies what they say, and decides what is next. Safe to repeat: reports
 * and ends are applied once, and a second look only counts one more. An answer that does not come counts as silence, never as an end.
 */
export async function probeWorker(
  deps: ProbeWorkerDeps,
  workerId: string,
  jobId: string,
  waiting: Waiting,
  looks: number,
): Promise<ProbedWorker> {
  const worker = await neededWorker(deps, workerId);
  await probeOpenJobs(deps, jobId);
  const job = await neededJob(deps, jobId);
  const seen = FINAL_JOB_STATUSES.includes(job.status) ? job : await askProvider(deps, worker, job);
  const decision = decideProbe(seen, waiting, looks);
  if (decision.giveUp !== undefined) await giveUp(deps, worker, seen, decision.giveUp);
  return { next: decision.next, looks: decision.looks, ...(await nextWait(deps, worker, seen, decision)) };
}

/** All of them, since one question answers for all; what fails of the others is no matter of this attempt, and the heartbeat tells it. */
async function probeOpenJobs(deps: ProbeWorkerDeps, jobId: string): Promise<void> {
  const { isolate, failures } = isolation();
  await probeJobs({ ...deps, isolate, lists: providerLists(deps) });
  const own = failures.find(({ id }) => id === jobId);
  if (own !== undefined) throw own.error;
}

async function neededJob(deps: ProbeWorkerDeps, jobId: string): Promise<Job> {
  const job = await deps.stores.jobs.get(jobId);
  if (!job) throw new RecordMissingError('job', jobId);
  return job;
}

/** Only the reference is taken from it: a provider that says *ended* may know nothing of a report that is still to be read. */
async function askProvider(deps: ProbeWorkerDeps, worker: Worker, job: Job): Promise<Job> {
  const found = await neededProvider(deps, worker).probe(jobKeyOf(deps.installation, job.jobId), worker.providerRef ?? job.slurmId);
  if (found.outcome !== 'found' || job.slurmId !== undefined) return job;
  const noted = await deps.stores.jobs.note(job.jobId, { slurmId: found.worker.providerRef });
  return noted.item ?? job;
}

async function giveUp(deps: ProbeWorkerDeps, worker: Worker, job: Job, what: NonNullable<ProbeDecision['giveUp']>): Promise<void> {
  if (what === 'sweep-silent') await holdWorker(deps, worker.workerId, { cause: what, step: 'ProbeWorker' });
  else await endJob(deps, job, { result: 'lost', cause: what, actor: 'probe-worker' });
}

async function nextWait(
  deps: ProbeWorkerDeps,
  worker: Worker,
  job: Job,
  decision: ProbeDecision,
): Promise<Pick<ProbedWorker, 'startTimeoutSeconds' | 'runTimeoutSeconds'>> {
  const now = deps.now();
  const passed = worker.startDeadline <= now.toISOString();
  const startSeconds = passed ? startWindowSeconds(worker) : startTimeoutSeconds(worker, now);
  if (decision.next === 'AwaitStarted') {
    // It still waits in the queue: its enrolment token has to live as long as we wait for it.
    const enrolmentExpiresAt = new Date(now.getTime() + (startSeconds + OVERTIME_SECONDS) * 1000).toISOString();
    await deps.stores.jobs.note(job.jobId, { enrolmentExpiresAt });
  }
  return { startTimeoutSeconds: startSeconds, runTimeoutSeconds: runTimeoutSeconds(worker, now) };
}
