import { FINAL_JOB_STATUSES, VERIFYING_KINDS, type Batch, type Job, type Worker } from '../entities';
import { waitId } from '../ids';
import { RunReport, VerifyReport } from '../wire';
import { isAttemptOver } from './attempt-over';
import { changeWorker } from './change-status';
import { decideSettlement } from './decide-settlement';
import type { Deps } from './deps';
import { endJob } from './end-job';
import { holdWorker } from './hold-worker';
import { settleEarly, type SettledEarly } from './settle-early';
import { causeKind } from '../attempts/causes';
import { OUTAGE_LIMIT } from '../attempts/limits';
import { broughtKeyOf, reportKeyOf } from './keys';
import { neededBatch, neededManifest, neededWorker, runJobOf } from './needed';
import { raiseWarning } from './raise-warning';
import { counted } from '../words';
import { recordFact } from './record-fact';
import { putOutcomes, releaseClaims } from './settle-runs';
import type { SweepId } from './take-sweep';
import { sweepRetrySeconds } from './wait-times';

/** Failed sweeps after which a worker is held. */
export const SWEEP_LIMIT = 5;

export type SweepVerdict =
  { readonly outcome: 'swept' } | { readonly outcome: 'failed'; readonly cause: string; readonly lasting: boolean };

/** What a verification says about its sweep; pure. Refused or missing runs are verdicts, not failures; a disk that refused to publish is one. */
export function judgeSweep(job: Pick<Job, 'status' | 'cause'> | undefined, report: VerifyReport | undefined): SweepVerdict {
  const failed = (cause: string): SweepVerdict => ({ outcome: 'failed', cause, lasting: causeKind(cause).next === 'attention' });
  if (job?.status !== 'finished') return failed(job?.cause ?? 'verify-absent');
  if (!report) return failed('report-missing');
  return report.runs.some(({ reason }) => reason === 'publish-failed') ? failed('publish-failed') : { outcome: 'swept' };
}

export type SettleSweepDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>;
export interface SettledSweep {
  readonly outcome: 'swept' | 'retry' | 'held' | 'stale';
  readonly cause?: string;
}

/**
 * Ends a sweep: the worker *swept* and whoever waits told so; or tried again later; or, after five tries (more in an outage)
 * or for a cause that time cannot mend, held; after an early one see `settleEarly`. Each change holds only for this sweep number, so running it twice, or after the lease was lost, changes nothing.
 */
export async function settleSweep(deps: SettleSweepDeps, id: SweepId): Promise<SettledSweep | SettledEarly> {
  const { workerId, sweep, jobId } = id;
  const open = await deps.stores.jobs.get(jobId);
  if (open && !FINAL_JOB_STATUSES.includes(open.status)) {
    await endJob(deps, open, { result: 'lost', cause: 'verify-timeout', actor: 'settle-sweep' });
  }
  if (id.early) return settleEarly(deps, id);
  const verdict = judgeSweep(await deps.stores.jobs.get(jobId), await deps.objects.getJson(reportKeyOf(jobId), VerifyReport));
  const worker = await neededWorker(deps, workerId);
  if (verdict.outcome === 'swept') return sweptHome(deps, worker, sweep);
  if (worker.sweep !== sweep) return { outcome: 'stale' };
  const failures = worker.sweepFailures + 1;
  if (verdict.lasting || failures >= (causeKind(verdict.cause).next === 'wait' ? OUTAGE_LIMIT : SWEEP_LIMIT)) {
    const held = await holdWorker(deps, workerId, { cause: verdict.cause, step: 'SettleSweep', sweep });
    return { outcome: held ? 'held' : 'stale', cause: verdict.cause };
  }
  const nextSweepAt = new Date(deps.now().getTime() + sweepRetrySeconds(failures) * 1000).toISOString();
  const changed = await changeWorker(deps, workerId, 'sweep-failed', {
    actor: 'settle-sweep',
    detail: verdict.cause,
    where: { sweep },
    set: { nextSweepAt },
  });
  return { outcome: changed.outcome === 'changed' ? 'retry' : 'stale', cause: verdict.cause };
}

async function sweptHome(deps: SettleSweepDeps, worker: Worker, sweep: number): Promise<SettledSweep> {
  const { workerId } = worker;
  const changed = await changeWorker(deps, workerId, 'swept', { actor: 'settle-sweep', where: { sweep }, remove: ['nextSweepAt'] });
  if (changed.outcome === 'refused' && changed.item?.status !== 'swept') return { outcome: 'stale' };
  if (worker.sweepFailures > 0) {
    const detail = `${workerId}: home at sweep ${sweep}, after ${counted(worker.sweepFailures, 'failed sweep')}`;
    await raiseWarning(deps, worker.sourceId, { code: 'sweep-recovered', detail }, 'settle-sweep');
  }
  if ((await runJobOf(deps, workerId))?.bringsResults) await clearBrought(deps, workerId);
  await recordFact(deps, waitId.swept(workerId), { outcome: 'swept' });
  const fact = (await deps.stores.waits.get(waitId.swept(workerId)))?.fact;
  const batch = await neededBatch(deps, worker.batchId);
  if (fact?.['outcome'] === 'held' || isAttemptOver(batch, worker.attempt)) await settleLate(deps, worker, batch);
  return { outcome: 'swept' };
}

/** What a site put into the bucket is home, or was refused there. */
async function clearBrought({ objects }: SettleSweepDeps, workerId: string): Promise<void> {
  await objects.remove((await objects.list(broughtKeyOf(workerId, ''))).map(({ key }) => key));
}

/** Swept after its attempt went on without it (it was held, or kept): the outcomes are put right and the worker is let go. */
async function settleLate(deps: SettleSweepDeps, worker: Worker, batch: Batch): Promise<void> {
  const manifest = await neededManifest(deps, worker.workerId);
  const jobs = await deps.stores.jobs.ofWorker(worker.workerId);
  const verify = jobs.filter(({ kind, status }) => VERIFYING_KINDS.includes(kind) && status === 'finished');
  const reportKey = jobs.find(({ kind }) => kind === 'run')?.reportKey;
  const runReport = reportKey === undefined ? undefined : await deps.objects.getJson(reportKey, RunReport);
  for (const { jobId } of verify) {
    const verifyReport = await deps.objects.getJson(reportKeyOf(jobId), VerifyReport);
    const evidence = { batch, runs: manifest.runs, job: undefined, runReport: undefined, verifyReport, swept: undefined, now: deps.now() };
    const { verified, cause, detail } = decideSettlement(evidence);
    const settlement = { verified, failed: [], cause, detail, decision: { event: 'complete' } } as const;
    const put = await putOutcomes(deps, manifest, batch.batchId, settlement, { runReport, verifyReport });
    const home = verified.map(({ run }) => run);
    await releaseClaims(deps, batch, home, put);
  }
  await changeWorker(deps, worker.workerId, 'destroy', { actor: 'settle-sweep' });
}
