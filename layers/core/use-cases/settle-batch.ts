import { FINAL_BATCH_STATUSES, type Batch, type Job } from '../entities';
import { ObjectMissingError } from '../errors';
import { waitId, reportKeyOf } from '../ids';
import { BatchPlan, RunReport, VerifyReport, type AttemptManifest, type PlannedRun } from '../wire';
import { changeBatch } from './change-status';
import { decideSettlement, type Settlement } from './decide-settlement';
import type { Deps } from './deps';
import { evaluateSource } from './evaluate-source';
import { neededBatch, neededManifest } from './needed';
import { raiseAttention } from './raise-attention';
import type { SweptFact } from './record-fact';
import { putOutcomes, releaseClaims } from './settle-runs';

export type SettleBatchDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>;
export interface SettledBatch {
  readonly outcome: 'complete' | 'retry' | 'put-off' | 'partial' | 'cancel' | 'stale';
  readonly verified: number;
  readonly failed: number;
  readonly cause: string;
}

/**
 * Ends an attempt: outcomes for good, the batch final or planned again with back-off, claims released, whoever waited looked at anew.
 * Safe to repeat from any point: outcomes first (puts), then the one conditional change under this attempt, then what follows from it.
 * An attempt that is no longer the batch's own changes nothing (I7).
 */
export async function settleBatch(deps: SettleBatchDeps, batchId: string, attempt: number, workerId: string): Promise<SettledBatch> {
  const [batch, manifest] = [await neededBatch(deps, batchId), await neededManifest(deps, workerId)];
  const settlement = decideSettlement(await evidenceOf(deps, batch, manifest, workerId));
  const answer = (outcome: SettledBatch['outcome']): SettledBatch => ({
    outcome,
    verified: settlement.verified.length,
    failed: settlement.failed.length,
    cause: settlement.cause,
  });
  if (batch.attempt !== attempt) return answer('stale');
  await putOutcomes(deps, manifest, batchId, settlement);
  await writeDecision(deps, batch, settlement);
  // Somebody else may have settled it meanwhile, and otherwise: what stands counts.
  const settled = await neededBatch(deps, batchId);
  const final = FINAL_BATCH_STATUSES.includes(settled.status);
  if (!final && settled.status !== 'planned') return answer('stale');
  // A batch that is tried again keeps the claims of what is still missing; one that is final has none left, of whichever attempt.
  const over = final ? await plannedRuns(deps, batch) : settlement.verified.map(({ run }) => run);
  await releaseClaims(deps, batchId, manifest.stage, over);
  if (settlement.decision.event === 'partial' && settlement.decision.attention) {
    const detail = `${batchId}, attempt ${attempt}: ${settlement.cause} (${settlement.detail})`;
    await raiseAttention(deps, batch.sourceId, { code: settlement.decision.attention, detail, step: 'SettleBatch' });
  }
  if (final) await evaluateSource(deps, batch.sourceId);
  return answer(settlement.decision.event);
}

async function plannedRuns(deps: SettleBatchDeps, batch: Batch): Promise<readonly PlannedRun[]> {
  const plan = await deps.objects.getJson(batch.planKey, BatchPlan);
  if (!plan) throw new ObjectMissingError(batch.planKey);
  return plan.runs;
}

async function writeDecision(
  deps: SettleBatchDeps,
  batch: Batch,
  { decision, verified, failed, cause, detail }: Settlement,
): Promise<void> {
  const ended = { attempt: batch.attempt, cause, detail, endedAt: deps.now().toISOString() };
  await changeBatch(deps, batch.batchId, decision.event, {
    actor: 'settle-batch',
    detail: `${cause}: ${detail}`,
    where: { attempt: batch.attempt },
    set: {
      attempts: [...batch.attempts.filter((one) => one.attempt !== batch.attempt), ended],
      completeRuns: batch.completeRuns + verified.length,
      failedRuns: decision.event === 'partial' ? failed.length : 0,
      ...('notBefore' in decision ? { notBefore: decision.notBefore } : {}),
    },
  });
}

async function evidenceOf(deps: SettleBatchDeps, batch: Batch, manifest: AttemptManifest, workerId: string) {
  const jobs = await deps.stores.jobs.ofWorker(workerId);
  const job = jobs.find(({ kind }) => kind === 'run');
  const verify = newestVerify(jobs);
  return {
    batch,
    runs: manifest.runs,
    job,
    runReport: job?.reportKey === undefined ? undefined : await deps.objects.getJson(job.reportKey, RunReport),
    verifyReport: verify === undefined ? undefined : await deps.objects.getJson(reportKeyOf(verify.jobId), VerifyReport),
    swept: (await deps.stores.waits.get(waitId.swept(workerId)))?.fact as SweptFact | undefined,
    now: deps.now(),
  };
}

const sweepNumberOf = ({ jobId }: Job): number => Number(jobId.slice(jobId.lastIndexOf('-') + 1));
/** Only a verification that was finished says something about runs. */
const newestVerify = (jobs: readonly Job[]): Job | undefined =>
  jobs
    .filter(({ kind, status }) => kind === 'verify' && status === 'finished')
    .sort((one, other) => sweepNumberOf(other) - sweepNumberOf(one))[0];
