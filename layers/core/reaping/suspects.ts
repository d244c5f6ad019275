/** What makes something a suspect: pure judgements, each on the facts of one thing. None of them ends anything. */
import type { Batch, Job, Worker } from '../entities';
import { FINAL_BATCH_STATUSES, FINAL_JOB_STATUSES } from '../entities';
import { sourceIdOfSlug } from '../ids';
import { ownedBy } from '../lifecycle/watch';
import type { ProviderWorker } from '../ports/outside';
import type { CapCounter, Ledger } from '../records';
import { isAttemptOver } from '../use-cases/attempt-over';
import { MACHINE_GONE } from '../attempts/limits';
import type { SuspectKind } from './kinds';
import type { Mark } from './records';

export interface ReapRules {
  /** A suspect is acted upon no sooner after it was marked. */
  readonly lookAgainSeconds: number;
  /** After a worker's deadline, so that what ends it there had its time. */
  readonly overdueSeconds: number;
  /** After the end of a job's record: its last word is repeated for ten minutes where nobody answers. */
  readonly jobGraceSeconds: number;
}
export const REAP_RULES: ReapRules = { lookAgainSeconds: 30, overdueSeconds: 3_600, jobGraceSeconds: 900 };

/** A suspect and what an act on it needs to know. */
export interface Suspicion extends Pick<Mark, 'subject' | 'kind' | 'place' | 'detail' | 'fingerprint' | 'workerId' | 'key'> {
  readonly sourceId?: string;
  readonly provider?: string;
  readonly providerRef?: string;
  readonly jobId?: string;
  readonly batch?: Pick<Batch, 'batchId' | 'attempt'>;
  readonly execution?: string;
  readonly ledger?: { readonly seen: Ledger; readonly toDollars: number };
  readonly counter?: { readonly seen: CapCounter; readonly to: CapCounter };
  /** Protected where it stands. */
  readonly tagged?: boolean;
}

/** What is known of the worker that something belongs to. */
export interface Belongs {
  readonly worker?: Worker | undefined;
  readonly batch?: Batch | undefined;
  /** Its run job. */
  readonly job?: Job | undefined;
}
export interface MachineFact extends Belongs {
  readonly provider: string;
  readonly machine: ProviderWorker;
  /** Absent where its name is none of a worker of this installation. */
  readonly workerId?: string | undefined;
  /** There is or was an execution of this name; asked for where the table knows no worker. */
  readonly hasExecution?: boolean;
}

const sourceOf = (id: string): string => sourceIdOfSlug(id.slice(0, id.indexOf('.')));
const attemptOf = (workerId: string): number => Number(workerId.slice(workerId.lastIndexOf('.a') + 2));

export function judgeMachine(fact: MachineFact): Suspicion | undefined {
  const { machine, provider, workerId } = fact;
  if (machine.state === 'ended') return undefined;
  const kind = kindOfMachine(fact);
  if (kind === undefined) return undefined;
  return {
    kind,
    subject: `machine/${provider}/${machine.providerRef}`,
    place: `provider/${provider}`,
    detail: `${machine.key} (${machine.rawState}) at ${provider}`,
    key: machine.key,
    provider,
    providerRef: machine.providerRef,
    ...(machine.kept === true && { tagged: true }),
    ...(workerId !== undefined && { workerId, sourceId: sourceOf(workerId) }),
  };
}

function kindOfMachine({ machine, workerId, worker, batch, job, hasExecution }: MachineFact): SuspectKind | undefined {
  if (workerId === undefined) return 'foreign-machine';
  if (worker === undefined) return hasExecution === true ? 'unknown-machine' : 'orphan-machine';
  if (worker.status !== 'gone') {
    const isOther = worker.providerRef !== undefined && worker.providerRef !== machine.providerRef;
    return isOther ? 'double-machine' : undefined;
  }
  const cause = batch?.attempts.find(({ attempt }) => attempt === attemptOf(workerId))?.cause;
  return cause === MACHINE_GONE || job?.cause === MACHINE_GONE ? 'returned-machine' : 'late-machine';
}

/** Statuses in which an execution, and nobody else, cares for a worker; the schedules of sweep and heartbeat care for the others. */
const IN_CARE: readonly Worker['status'][] = ownedBy('worker', 'process-batch');

export interface WorkerFact extends Belongs {
  readonly worker: Worker;
  /** An execution of its attempt runs. */
  readonly isCaredFor: boolean;
}
export function judgeWorker({ worker, batch, job, isCaredFor }: WorkerFact, now: Date, rules: ReapRules): Suspicion | undefined {
  if (!IN_CARE.includes(worker.status)) return undefined;
  const { workerId, sourceId, provider, status } = worker;
  const about = { subject: `worker/${workerId}`, workerId, sourceId, provider, place: 'executions', ...(job && { jobId: job.jobId }) };
  const isOver = batch === undefined || isAttemptOver(batch, worker.attempt);
  const standing = batch === undefined ? 'its batch is unknown' : `its batch is ${batch.status} at attempt ${batch.attempt}`;
  if (isOver && !isCaredFor) return { kind: 'abandoned-worker', ...about, detail: `${workerId} is ${status}, ${standing}` };
  const isOverdue = now.getTime() > Date.parse(worker.deadline) + rules.overdueSeconds * 1000;
  if (status === 'swept' || !isOverdue || (job !== undefined && FINAL_JOB_STATUSES.includes(job.status))) return undefined;
  const kind = job === undefined ? 'overdue-jobless' : 'overdue-worker';
  return { kind, ...about, detail: `${workerId} is ${status}, its deadline was ${worker.deadline}` };
}

export interface ClusterJobFact {
  readonly key: string;
  readonly state: string;
  /** Absent where the key is none that Trawl gives. */
  readonly jobId?: string | undefined;
  readonly job?: Job | undefined;
  /** Of a job that works for one. */
  readonly worker?: Worker | undefined;
}
/** Jobs of the cluster that are no worker themselves. What they were doing at home stays as it is. */
export function judgeClusterJob({ key, state, jobId, job, worker }: ClusterJobFact, now: Date, rules: ReapRules): Suspicion | undefined {
  const about = { subject: `job/${key}`, key, place: 'jobs', detail: `${key} (${state}) on the cluster` };
  if (jobId === undefined) return { kind: 'job-foreign', ...about };
  const whose = { ...about, jobId, sourceId: sourceOf(jobId) };
  if (job === undefined) return { kind: 'job-unknown', ...whose };
  if (FINAL_JOB_STATUSES.includes(job.status)) {
    const isLong = job.endedAt !== undefined && now.getTime() - Date.parse(job.endedAt) > rules.jobGraceSeconds * 1000;
    return isLong ? { kind: 'job-over', ...whose, detail: `${about.detail}; its record is ${job.status} since ${job.endedAt}` } : undefined;
  }
  return job.workerId !== undefined && worker?.status === 'gone' ? { kind: 'job-without-worker', ...whose } : undefined;
}

/** Tasks whose worker's job lives no more: nobody waits for them, and the next attempt makes them anew. */
export function judgeTasks(installation: string, { key, jobs }: { readonly key: string; readonly jobs: number }): Suspicion {
  const jobId = key.slice(installation.length + 1);
  const detail = `${jobs} tasks of ${key} on the cluster, which is there no more`;
  return { kind: 'tasks-without-head', subject: `tasks/${key}`, place: 'jobs', detail, key, jobId, sourceId: sourceOf(jobId) };
}

export interface ExecutionFact extends Pick<Belongs, 'worker' | 'batch'> {
  readonly name: string;
  readonly workerId: string;
}
/** A running execution of process-batch. It is stopped only where its end is followed by nothing: its attempt is settled, nobody is to be let go. */
export function judgeExecution({ name, workerId, worker, batch }: ExecutionFact): Suspicion | undefined {
  const attempt = attemptOf(workerId);
  // An attempt that its batch does not know of yet is no stray: then the table is an older copy.
  const isOver = batch === undefined || (batch.attempt >= attempt && isAttemptOver(batch, attempt));
  const isDone = worker === undefined || worker.status === 'gone' || worker.status === 'held';
  if (!isOver || !isDone) return undefined;
  const detail = `${name} runs; its batch is ${batch?.status ?? 'unknown'}, its worker ${worker?.status ?? 'unknown'}`;
  return {
    ...{ kind: 'stray-execution', subject: `execution/${name}`, place: 'executions', detail },
    ...{ workerId, sourceId: sourceOf(workerId), execution: name },
  };
}

/** `settlesGivenUp`: a person was asked about it already. */
export function judgeBatch(batch: Batch, isCaredFor: boolean, settlesGivenUp: boolean): Suspicion | undefined {
  const { batchId, sourceId, attempt, status } = batch;
  const isStill = status === 'planned' || FINAL_BATCH_STATUSES.includes(status);
  if (isStill || isCaredFor || settlesGivenUp) return undefined;
  const detail = `${batchId} is ${status} at attempt ${attempt}, and no execution runs for it`;
  return { kind: 'unattended-batch', subject: `batch/${batchId}`, place: 'executions', detail, sourceId, batch: { batchId, attempt } };
}
