import { FINAL_JOB_STATUSES, type Job } from '../entities';

export type Waiting = 'started' | 'ended' | 'swept';
/** Name of the state to go to. */
export type NextState = 'AwaitStarted' | 'RunJob' | 'AwaitSwept' | 'ReleaseWorker';
export interface ProbeDecision {
  readonly next: NextState;
  /** Looks made in the wait that is entered again; 0 where the attempt moves on. */
  readonly looks: number;
  /** What is given up: the job is ended as lost, or the worker's results are held. */
  readonly giveUp?: 'start-deadline' | 'deadline-passed' | 'sweep-silent';
}

/** Time-outs of one wait after which it is given up. */
export const LOOK_LIMITS: Readonly<Record<Waiting, number>> = { started: 3, ended: 6, swept: 10 };

/** After a wait timed out and the worker was looked at: wait again, go on, or give up. Pure; silence alone never ends a job before the limit. */
export function decideProbe(job: Pick<Job, 'status' | 'startedAt'>, waiting: Waiting, looksBefore: number): ProbeDecision {
  const looks = looksBefore + 1;
  const exhausted = looks > LOOK_LIMITS[waiting];
  const over = FINAL_JOB_STATUSES.includes(job.status);
  if (waiting === 'swept') return exhausted ? { next: 'ReleaseWorker', looks, giveUp: 'sweep-silent' } : { next: 'AwaitSwept', looks };
  if (over) return { next: job.startedAt === undefined ? 'ReleaseWorker' : 'AwaitSwept', looks: 0 };
  if (job.startedAt === undefined) {
    return exhausted ? { next: 'ReleaseWorker', looks, giveUp: 'start-deadline' } : { next: 'AwaitStarted', looks };
  }
  if (waiting === 'started') return { next: 'RunJob', looks: 0 };
  return exhausted ? { next: 'AwaitSwept', looks: 0, giveUp: 'deadline-passed' } : { next: 'RunJob', looks };
}
