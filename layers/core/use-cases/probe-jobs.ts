import { numbersOf } from '../callbacks/decide';
import { judgeProbe, PROBE_RULES, type ProbeVerdict } from '../dispatch/judge-probe';
import type { Job } from '../entities';
import { jobKeyOf } from '../ids';
import type { JobStatusAnswer, StatusAnswer } from '../wire';
import { applyReport } from './apply-report';
import type { Deps } from './deps';
import { endJob } from './end-job';
import type { Isolate } from './isolate';
import type { ProviderLists } from './list-providers';
import { markStarted } from './mark-started';
import { isAway, probeAway, type AwayRules } from './probe-away';
import { raiseAttention } from './raise-attention';

export interface ProbeSettings extends AwayRules {
  /** A job that called back within this time is not asked about. */
  readonly silentSeconds: number;
  /** Jobs in one question to the gate, which takes at most 500. */
  readonly jobsPerQuestion: number;
}
export const PROBE_SETTINGS: ProbeSettings = { ...PROBE_RULES, silentSeconds: 30, jobsPerQuestion: 300 };
/** Open jobs that one probe looks at; more wait for the next tick. */
export const PROBE_LIMIT = 1_000;

type ProbeDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'gate' | 'providers' | 'now' | 'installation'> & {
  readonly lists: ProviderLists;
  readonly isolate: Isolate;
};
export interface Probed {
  readonly asked: number;
  /** What followed, by verdict. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** Why the cluster could not be asked; nothing was changed then. */
  readonly unknown?: string;
}

/** Not heard of lately, asked to stop, or past its deadline. */
export const needsProbe = (job: Job, now: Date, silentSeconds: number): boolean =>
  job.stopRequested ||
  now.toISOString() > job.deadline ||
  now.getTime() - Date.parse(job.lastHeardAt ?? job.requestedAt) > silentSeconds * 1000;

/**
 * One question to the gate about every open job that is silent, one to each provider about the workers that are elsewhere, and what follows. Safe to repeat: reports and ends
 * are applied once, and an answer that did not come changes nothing. A job that fails does so alone, under its own id.
 */
export async function probeJobs(deps: ProbeDeps, settings: ProbeSettings = PROBE_SETTINGS): Promise<Probed> {
  const open = (await deps.stores.jobs.open(PROBE_LIMIT)).filter((job) => needsProbe(job, deps.now(), settings.silentSeconds));
  const verdicts: Record<string, number> = {};
  const count = (verdict: string): void => void (verdicts[verdict] = (verdicts[verdict] ?? 0) + 1);
  (await probeAway(deps, open.filter(isAway), settings)).forEach(count);
  const here = open.filter((job) => !isAway(job));
  for (let start = 0; start < here.length; start += settings.jobsPerQuestion) {
    const jobs = here.slice(start, start + settings.jobsPerQuestion);
    const asked = await deps.gate.status(jobs.map(({ jobId }) => ({ jobId, key: jobKeyOf(deps.installation, jobId) })));
    if (asked.outcome === 'unknown') return { asked: start, verdicts, unknown: asked.detail };
    for (const { jobId } of jobs) {
      count((await deps.isolate(jobId, () => followOne(deps, jobId, asked.answer, settings))) ?? 'failed');
    }
  }
  return { asked: open.length, verdicts };
}

/** The list of open jobs is a little old, so each is read again before it is judged. */
async function followOne(deps: ProbeDeps, jobId: string, answer: StatusAnswer, settings: ProbeSettings): Promise<string> {
  const job = await deps.stores.jobs.get(jobId);
  if (job === undefined || (job.status !== 'requested' && job.status !== 'started')) return 'over';
  const look = answer.jobs.find((each) => each.jobId === jobId);
  const node = look?.slurm?.node;
  if (node && node !== job.node) await deps.stores.jobs.note(jobId, { node });
  const complete = answer.slurm === 'answered' && answer.queue !== 'unavailable' && answer.accounting !== 'unavailable';
  const verdict = judgeProbe(job, { slurm: answer.slurm, complete, job: look }, deps.now(), settings);
  await follow(deps, job, look, verdict);
  return verdict.do;
}

async function follow(deps: ProbeDeps, job: Job, look: JobStatusAnswer | undefined, verdict: ProbeVerdict): Promise<void> {
  const now = deps.now().toISOString();
  switch (verdict.do) {
    case 'nothing':
      return;
    case 'apply-report':
      await applyReport(deps, job, verdict.report, 'probe');
      return;
    case 'note-alive':
      return noteAlive(deps, job, verdict, look);
    case 'await-report':
      await deps.stores.jobs.note(job.jobId, { endedSeenAt: now });
      return;
    case 'note-missing':
      await deps.stores.jobs.note(job.jobId, { missingSince: job.missingSince ?? now, missingLooks: verdict.looks });
      return;
    case 'ask-person': {
      const detail = `Slurm holds job ${job.jobId} (${job.slurmId ?? 'id unknown'}) in state ${verdict.state}`;
      return raiseAttention(deps, job.sourceId, { code: 'slurm-needs-person', detail, step: 'probe-jobs' });
    }
    case 'cancel':
      return cancel(deps, job, verdict.cause);
    case 'lose':
      return lose(deps, job, verdict);
  }
}

/** Writes only what changed: a job that merely waits costs nothing. */
async function noteAlive(
  deps: ProbeDeps,
  job: Job,
  verdict: { readonly slurmId: string; readonly started: boolean },
  look: JobStatusAnswer | undefined,
): Promise<void> {
  if (verdict.started && job.status === 'requested') await markStarted(deps, job, { actor: 'probe', slurmId: verdict.slurmId });
  const progress = typeof look?.progress === 'object' && look.progress !== null ? numbersOf(look.progress as Record<string, unknown>) : {};
  const moved = Object.keys(progress).length > 0 && JSON.stringify(progress) !== JSON.stringify(job.progress);
  const pendingReason = verdict.started ? undefined : (look?.slurm?.reason ?? undefined);
  const stale =
    job.missingSince !== undefined ||
    job.endedSeenAt !== undefined ||
    job.slurmId !== verdict.slurmId ||
    job.pendingReason !== pendingReason;
  if (!moved && !stale) return;
  const set = { slurmId: verdict.slurmId, ...(moved && { progress }), ...(pendingReason !== undefined && { pendingReason }) };
  const over = ['missingSince', 'missingLooks', 'endedSeenAt'] as const;
  await deps.stores.jobs.note(job.jobId, set, pendingReason === undefined ? [...over, 'pendingReason'] : over);
}

/** The cause is noted first: when Slurm then says *cancelled*, it is known by whom. An unknown answer is asked again by the next probe. */
async function cancel(deps: ProbeDeps, job: Job, cause: string): Promise<void> {
  const stopRequestedAt = job.stopRequestedAt ?? deps.now().toISOString();
  await deps.stores.jobs.note(job.jobId, { cause, stopRequested: true, stopRequestedAt });
  const key = jobKeyOf(deps.installation, job.jobId);
  // Whatever its kind, it is a job of the cluster: workers that are elsewhere are not asked about here.
  await deps.gate.cancel(job.jobId, key);
}

/** A job whose lock is taken did start, so there may be something to sweep: that is settled before its end. */
async function lose(deps: ProbeDeps, job: Job, verdict: { readonly cause: string; readonly started: boolean }): Promise<void> {
  const current = verdict.started && job.status === 'requested' ? await markStarted(deps, job, { actor: 'probe' }) : job;
  const result = verdict.cause === 'cancel-requested' ? 'cancelled' : 'lost';
  await endJob(deps, current, { result, cause: verdict.cause, actor: 'probe' });
}
