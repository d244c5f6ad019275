import type { Job } from '../entities';
import { JobReport, type JobStatusAnswer } from '../wire';
import { slurmMeaning } from './slurm-states';

export interface ProbeRules {
  /** File systems lag: time a job that Slurm says ended is given for its report to appear. */
  readonly reportGraceSeconds: number;
  /** A job that neither squeue nor sacct know is lost after this long … */
  readonly missingSeconds: number;
  /** … and this many answers. */
  readonly missingLooks: number;
  /** Time past its deadline or a request to stop, before the job is cancelled. */
  readonly stopGraceSeconds: number;
  /** The same for a request to stop that only the answer to a sign of life can bring. */
  readonly stopHeardSeconds: number;
  /** Who spoke within this time is not missing, whatever Slurm or a provider says. */
  readonly heardSeconds: number;
}
/** The longest pause between an agent's signs of life (`slurm/agent.py`: ALIVE_SELDOM times its `aliveSeconds`). */
const PAUSE_SECONDS = 240;
export const PROBE_RULES: ProbeRules = {
  ...{ reportGraceSeconds: 20, missingSeconds: 60, missingLooks: 3, stopGraceSeconds: 60 },
  ...{ stopHeardSeconds: PAUSE_SECONDS + 60, heardSeconds: PAUSE_SECONDS + 60 },
};

/** What the gate said about one job. */
export interface Look {
  /** Whether Slurm could be asked at all … */
  readonly slurm: 'answered' | 'unavailable';
  /** … and whether both squeue and sacct answered: only then does *not there* mean anything. */
  readonly complete: boolean;
  readonly job: JobStatusAnswer | undefined;
}
export type ProbeVerdict =
  | { readonly do: 'nothing' }
  | { readonly do: 'apply-report'; readonly report: JobReport }
  /** It lives; `started`: its lock is taken, so its script runs. */
  | { readonly do: 'note-alive'; readonly slurmId: string; readonly started: boolean }
  | { readonly do: 'await-report' }
  | { readonly do: 'note-missing'; readonly looks: number }
  | { readonly do: 'ask-person'; readonly state: string }
  | { readonly do: 'cancel'; readonly cause: string }
  | { readonly do: 'lose'; readonly cause: string; readonly started: boolean };

export const secondsSince = (time: string | undefined, now: Date): number =>
  time === undefined ? 0 : (now.getTime() - Date.parse(time)) / 1000;
export const wasHeard = ({ lastHeardAt }: Job, now: Date, { heardSeconds }: ProbeRules): boolean =>
  lastHeardAt !== undefined && secondsSince(lastHeardAt, now) < heardSeconds;

/**
 * What follows from one look at an open job. A report counts before anything Slurm says; silence of Slurm counts as nothing; only
 * answers of both squeue and sacct, several and over a minute, make a job lost. Pure.
 */
export function judgeProbe(job: Job, look: Look, now: Date, rules: ProbeRules = PROBE_RULES): ProbeVerdict {
  const report = JobReport.safeParse(look.job?.report);
  if (report.success && report.data.jobId === job.jobId && report.data.kind === job.kind)
    return { do: 'apply-report', report: report.data };
  if (look.slurm === 'unavailable' || look.job === undefined) return { do: 'nothing' };
  if (look.job.slurm === null) return look.complete ? judgeMissing(job, look.job.locked, now, rules) : { do: 'nothing' };
  const meaning = slurmMeaning(look.job.slurm.state);
  if (meaning.class === 'unheard-of') return { do: 'nothing' };
  if (meaning.class === 'ended') return judgeEnded(job, look.job.locked, meaning.cause ?? 'slurm-ended', now, rules);
  const overdue = overdueCause(job, now, rules);
  if (overdue !== undefined) return { do: 'cancel', cause: overdue };
  if (meaning.class === 'needs-person') return { do: 'ask-person', state: look.job.slurm.state };
  return { do: 'note-alive', slurmId: look.job.slurm.slurmId, started: look.job.locked };
}

function judgeEnded(job: Job, started: boolean, cause: string, now: Date, rules: ProbeRules): ProbeVerdict {
  if (job.endedSeenAt === undefined) return { do: 'await-report' };
  if (secondsSince(job.endedSeenAt, now) < rules.reportGraceSeconds) return { do: 'nothing' };
  return { do: 'lose', cause: job.cause ?? cause, started };
}

/** Slurm forgets jobs, and a submitted one may show late: several empty answers over a while are needed. */
function judgeMissing(job: Job, started: boolean, now: Date, rules: ProbeRules): ProbeVerdict {
  const looks = (job.missingLooks ?? 0) + 1;
  const lost = looks >= rules.missingLooks && secondsSince(job.missingSince, now) >= rules.missingSeconds && !wasHeard(job, now, rules);
  return lost ? { do: 'lose', cause: job.cause ?? 'job-absent', started } : { do: 'note-missing', looks };
}

/** Slurm's own limit and the agent's order to stop come first; this is for what survives both. */
export function overdueCause(job: Job, now: Date, rules: ProbeRules, stopSeconds = rules.stopGraceSeconds): string | undefined {
  if (secondsSince(job.deadline, now) > rules.stopGraceSeconds) return 'deadline-passed';
  const asked = job.stopRequested && secondsSince(job.stopRequestedAt, now) > stopSeconds;
  return asked ? (job.cause ?? 'stop-requested') : undefined;
}
