import { AGENT_SILENT, heardAt, judgeEarly, type EarlyRules } from '../dispatch/judge-early';
import { FINAL_JOB_STATUSES, type Job } from '../entities';
import { earlyJobIdOf } from '../ids';
import { counted } from '../words';
import type { Deps } from './deps';
import { endJob } from './end-job';

/**
 * What is done about an open job whose worker lives, by its provider's word: nothing, an early sweep of it, or, after looks that reached it and heard nothing, the job's end, upon
 * which what it holds is swept. One early sweep at a time. Safe to repeat: the intent stands before the execution is started, whose name is used once; a start that is lost
 * with a crash is made good by the next look.
 * @returns what was done
 */
export async function lookEarly(deps: Pick<Deps, 'stores' | 'machines' | 'now'>, job: Job, rules: EarlyRules): Promise<string> {
  const verdict = judgeEarly(job, deps.now(), rules);
  if (verdict.do === 'nothing' || job.workerId === undefined) return 'note-alive';
  if (verdict.do === 'lose') {
    const looks = counted(job.still?.looks ?? 0, 'look');
    const detail = `no word since ${heardAt(job)}; ${looks} reached its machine and found none`;
    await endJob(deps, job, { result: 'lost', cause: AGENT_SILENT, detail, actor: 'probe' });
    return 'lose';
  }
  const before = job.early && (await deps.stores.jobs.get(earlyJobIdOf(job.workerId, job.early.number)));
  if (before && !FINAL_JOB_STATUSES.includes(before.status)) return 'note-alive';
  const { early } = verdict;
  if ((await deps.stores.jobs.note(job.jobId, { early })).outcome === 'conflict') return 'over';
  const input = { workerId: job.workerId, early: early.number };
  await deps.machines.start('sweep-results', earlyJobIdOf(job.workerId, early.number), input);
  return 'early-sweep';
}
