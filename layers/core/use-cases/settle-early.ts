import { numbersOf } from '../callbacks/decide';
import { heardAt, isSilentStill, stillOf } from '../dispatch/judge-early';
import { FINAL_JOB_STATUSES, type Job } from '../entities';
import { CallbackEnvelope, JobReport, VerifyReport } from '../wire';
import { applyReport } from './apply-report';
import type { Deps } from './deps';
import { kickSweepAfter } from './kick-sweep';
import { reportKeyOf } from './keys';
import { neededWorker, runJobOf } from './needed';
import { raiseAttention } from './raise-attention';
import { raiseWarning } from './raise-warning';
import type { SweepId } from './take-sweep';

type EarlyDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>;
export interface SettledEarly {
  /**
   * *heard*: the worker has said something new. *ended*: its job is over by its own word. *still*: it was reached and has said nothing new. *unreached*: nobody knows.
   * *stale*: its job was over before, or another look has come since.
   */
  readonly outcome: 'heard' | 'ended' | 'still' | 'unreached' | 'stale';
}

/**
 * After an early sweep, whose own job is over: hears what the worker has left to be read, counts a look that found nothing new, or tells a person of one that did not reach it. The
 * worker's status is never changed: what follows from looks is the probe's to decide. Safe to repeat: a word and a look count once.
 */
export async function settleEarly(deps: EarlyDeps, { workerId, sweep, jobId }: SweepId): Promise<SettledEarly> {
  const [run, look] = [await runJobOf(deps, workerId), await deps.stores.jobs.get(jobId)];
  const isNewest = run !== undefined && !FINAL_JOB_STATUSES.includes(run.status) && run.early?.number === sweep;
  const outcome = isNewest ? await follow(deps, run, look) : 'stale';
  const worker = await neededWorker(deps, workerId);
  if (worker.status === 'ready') await kickSweepAfter(deps, worker, sweep);
  return { outcome };
}

async function follow(deps: EarlyDeps, run: Job, look: Job | undefined): Promise<SettledEarly['outcome']> {
  if (look?.status !== 'finished') return unreached(deps, run, look?.cause ?? 'verify-absent');
  const report = await deps.objects.getJson(reportKeyOf(look.jobId), VerifyReport);
  const word = wordOf(run, report?.word);
  const told = word && endOf(run, word);
  if (word && told) {
    // Counted as heard only after it was applied, so that nothing is lost in between.
    await applyReport(deps, run, told, 'early-sweep');
    await deps.stores.jobs.raiseSeq(run.jobId, word.seq, deps.now().toISOString());
    return 'ended';
  }
  return word && word.seq > run.lastSeq ? hear(deps, run, word) : noteStill(deps, run);
}

/** Of this job and attempt alone (I7). That it came by the host key which the worker told at first is what stands in the place of its signature. */
function wordOf(run: Job, said: unknown): CallbackEnvelope | undefined {
  const word = CallbackEnvelope.safeParse(said).data;
  return word?.jobId === run.jobId && word.attempt === run.attempt ? word : undefined;
}

function endOf(run: Job, { kind, body }: CallbackEnvelope): JobReport | undefined {
  const report = JobReport.safeParse(body).data;
  return report?.jobId === run.jobId && report.kind === run.kind && report.result === kind ? report : undefined;
}

async function hear(deps: EarlyDeps, { jobId }: Job, { seq, kind, body }: CallbackEnvelope): Promise<'heard'> {
  await deps.stores.jobs.raiseSeq(jobId, seq, deps.now().toISOString());
  const progress = kind === 'progress' ? numbersOf(body) : {};
  await deps.stores.jobs.note(jobId, Object.keys(progress).length > 0 ? { progress } : {}, ['still']);
  return 'heard';
}

/** A worker that was swept for what it had done, and that speaks, has nothing new to say. */
async function noteStill(deps: EarlyDeps, run: Job): Promise<'still'> {
  if (!isSilentStill(run) || run.early === undefined) return 'still';
  const { since = deps.now().toISOString(), looks = 0, last } = stillOf(run) ?? {};
  const still = { since, looks: looks + 1, last: run.early.number };
  if (last !== still.last) await deps.stores.jobs.note(run.jobId, { still });
  return 'still';
}

async function unreached(deps: EarlyDeps, run: Job, cause: string): Promise<'unreached'> {
  const worker = run.workerId ?? run.jobId;
  if (cause === 'host-key-changed') {
    const detail = `${worker} answers with another host key than it told at first; nothing was pulled from there`;
    await raiseAttention(deps, run.sourceId, { code: 'host-key-changed', detail, step: 'SettleSweep' });
  } else if (isSilentStill(run) && run.silenceToldAt === undefined) {
    const then = `its job ends at ${run.deadline}, and what it holds is swept then`;
    const detail = `${worker} runs, says its provider; it said nothing since ${heardAt(run)} and was not reached (${cause}); ${then}`;
    await raiseWarning(deps, run.sourceId, { code: 'worker-silent', detail }, 'settle-sweep');
    await deps.stores.jobs.note(run.jobId, { silenceToldAt: deps.now().toISOString() });
  }
  return 'unreached';
}
