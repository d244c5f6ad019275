import type { Job } from '../entities';
import type { Found } from '../ports/outside';
import { MACHINE_GONE } from '../attempts/limits';
import { overdueCause, PROBE_RULES, secondsSince, wasHeard, type ProbeRules } from './judge-probe';

export type AwayVerdict =
  | { readonly do: 'nothing' }
  | { readonly do: 'note-alive'; readonly providerRef: string }
  | { readonly do: 'note-missing'; readonly looks: number }
  /** Its job is over; what lies on the worker is swept before it is destroyed (I5). */
  | { readonly do: 'lose'; readonly cause: string };

/**
 * What follows from one look at the worker of an open job whose results lie on it. The provider knows whether the machine lives, never how its work
 * stands. Silence counts as nothing; lists lag, so only several answers over a while make a machine gone. A deadline that has passed ends the job and
 * leaves the machine. Pure.
 */
export function judgeAway(job: Job, found: Found, now: Date, rules: ProbeRules = PROBE_RULES): AwayVerdict {
  if (found.outcome === 'unknown') return { do: 'nothing' };
  const endedAs = found.outcome === 'found' && found.worker.state === 'ended' ? found.worker.endedAs : undefined;
  // Who was told to stop has done so.
  if (endedAs !== undefined) return { do: 'lose', cause: job.stopRequested ? (job.cause ?? 'stop-requested') : endedAs };
  if (found.outcome === 'absent' || found.worker.state === 'ended') return judgeAbsent(job, now, rules);
  const overdue = overdueCause(job, now, rules, rules.stopHeardSeconds);
  if (overdue !== undefined) return { do: 'lose', cause: overdue };
  return { do: 'note-alive', providerRef: found.worker.providerRef };
}

function judgeAbsent(job: Job, now: Date, rules: ProbeRules): AwayVerdict {
  const looks = (job.missingLooks ?? 0) + 1;
  const isEarly = looks < rules.missingLooks || secondsSince(job.missingSince, now) < rules.missingSeconds;
  if (isEarly || wasHeard(job, now, rules)) return { do: 'note-missing', looks };
  const everSeen = job.startedAt !== undefined || job.slurmId !== undefined;
  return { do: 'lose', cause: everSeen ? MACHINE_GONE : 'machine-absent' };
}
