import { FINAL_JOB_STATUSES, type Job } from '../../core/entities';
import type { JobStore, Written } from '../../core/ports/stores';
import { inOrder } from '../order';
import { changeItem, conflict, copy, copyIfAny, merge, written, type MemoryState } from './memory-state';

const isOpen = (job: Job): boolean => !FINAL_JOB_STATUSES.includes(job.status);

export const memoryJobs = (state: MemoryState): JobStore => {
  const byWorker = new Map<string, readonly string[]>();
  const noteWhere = (jobId: string, allowed: (job: Job) => boolean, set: Partial<Job>, remove?: readonly (keyof Job)[]): Written<Job> => {
    const there = state.jobs.get(jobId);
    if (there === undefined || !allowed(there)) return conflict(there);
    const next = merge(there, set, remove);
    state.jobs.set(jobId, next);
    return written(next);
  };
  const openByAge = (): Job[] => inOrder([...state.jobs.values()].filter(isOpen), (job) => `${job.requestedAt}#${job.jobId}`);
  return {
    get: async (jobId) => copyIfAny(state.jobs.get(jobId)),
    add: async (job) => {
      const there = state.jobs.get(job.jobId);
      if (there !== undefined) return conflict(there);
      state.jobs.set(job.jobId, copy(job));
      if (job.workerId !== undefined) byWorker.set(job.workerId, [...(byWorker.get(job.workerId) ?? []), job.jobId]);
      return written(job);
    },
    open: async (limit) => openByAge().slice(0, limit).map(copy),
    ofWorker: async (workerId) =>
      [...(byWorker.get(workerId) ?? [])]
        .sort()
        .flatMap((jobId) => ((job) => (job === undefined ? [] : [copy(job)]))(state.jobs.get(jobId))),
    change: async (jobId, change) => changeItem(state, state.jobs, jobId, change),
    note: async (jobId, set, remove) => noteWhere(jobId, isOpen, set, remove),
    raiseSeq: async (jobId, seq, heardAt) => noteWhere(jobId, (job) => job.lastSeq < seq, { lastSeq: seq, lastHeardAt: heardAt }),
    spendEnrolment: async (jobId, enrolmentHash, nonce) =>
      noteWhere(jobId, (job) => job.enrolmentHash === enrolmentHash && (job.enrolmentNonce ?? nonce) === nonce, { enrolmentNonce: nonce }),
  };
};
