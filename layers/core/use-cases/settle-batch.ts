import { storyOf, tailOf } from '../attempts/story';
import { isLasting } from '../attempts/causes';
import { dollarsSoFar } from '../api/cost';
import { FINAL_BATCH_STATUSES, type Attempt, type Batch } from '../entities';
import { ContendedError } from '../errors';
import { waitId } from '../ids';
import { RunReport, type AttemptManifest } from '../wire';
import { optional } from '../optional';
import { isAttemptOver } from './attempt-over';
import { noteNeverStarted } from './breakers';
import { changeBatch, changeWorker } from './change-status';
import { decideSettlement, type Settlement } from './decide-settlement';
import type { Deps } from './deps';
import { evaluateSource } from './evaluate-source';
import { learnFromAttempt, sampleOf } from './learn-from-attempt';
import { neededBatch, neededManifest, neededPlan } from './needed';
import { raiseAttention } from './raise-attention';
import { raiseWarning } from './raise-warning';
import type { SweptFact } from './record-fact';
import { putOutcomes, releaseClaims } from './settle-runs';
import { verifyEvidence } from './verify-evidence';

export type SettleBatchDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>;
export interface SettledBatch {
  readonly outcome: 'complete' | 'retry' | 'put-off' | 'partial' | 'cancel' | 'stale';
  readonly verified: number;
  readonly failed: number;
  readonly cause: string;
}

/** Somebody may write between reading and deciding, a person who cancels for one; each try reads and decides anew. */
const TRIES = 5;

/**
 * Ends an attempt: outcomes for good, the batch final or planned again with back-off, claims released, whoever waited looked at anew.
 * Safe to repeat from any point: outcomes first (puts, which end the claims of what verified), then the one conditional change under this attempt, then what follows from what
 * stands. An attempt that is no longer the batch's own changes nothing (I7).
 * @throws ContendedError when others wrote each time; a repeat goes on from what stands
 */
export async function settleBatch(deps: SettleBatchDeps, batchId: string, attempt: number, workerId: string): Promise<SettledBatch> {
  const manifest = await neededManifest(deps, workerId);
  const evidence = await evidenceOf(deps, manifest, workerId);
  let put: ReadonlySet<string> = new Set();
  for (let tries = 0; tries <= TRIES; tries += 1) {
    const batch = await neededBatch(deps, batchId);
    const settlement = decideSettlement({ ...evidence, batch });
    const { verified, failed, cause, decision } = settlement;
    const answer = { verified: verified.length, failed: failed.length, cause };
    if (isAttemptOver(batch, attempt)) {
      await letGo(deps, workerId);
      if (batch.attempt !== attempt) return { outcome: 'stale', ...answer };
      await followUp(deps, batch, settlement, put);
      const sample = sampleOf(manifest, settlement, evidence.runReport);
      if (sample) await learnFromAttempt(deps, manifest, sample);
      return { outcome: decision.event, ...answer };
    }
    await countBoot(deps, workerId, evidence);
    put = await putOutcomes(deps, manifest, batchId, settlement, evidence);
    await writeDecision(deps, batch, settlement, await whereItWas(deps, workerId, evidence));
  }
  throw new ContendedError(batchId);
}

/** What was swept after it had been passed by needs no worker any more; any other status refuses this. The heartbeat sees it gone. */
const letGo = (deps: SettleBatchDeps, workerId: string) => changeWorker(deps, workerId, 'destroy', { actor: 'settle-batch' });

async function followUp(
  deps: SettleBatchDeps,
  batch: Batch,
  { verified, decision, cause, detail }: Settlement,
  put: ReadonlySet<string>,
): Promise<void> {
  // A batch that is tried again keeps the claims of what is still missing; one that is final has none left, of whichever attempt.
  const final = FINAL_BATCH_STATUSES.includes(batch.status);
  const over = final ? (await neededPlan(deps, batch)).plan.runs : verified.map(({ run }) => run);
  await releaseClaims(deps, batch, over, put);
  if (batch.status === 'partial' && decision.event === 'partial' && decision.attention) {
    await raiseAttention(deps, batch.sourceId, { code: decision.attention, detail: storyOf(batch), step: 'SettleBatch' });
  }
  if (decision.event === 'retry' || decision.event === 'put-off') {
    await raiseWarning(deps, batch.sourceId, { code: 'retry-needed', detail: `${batch.batchId}: ${cause} (${detail})` }, 'settle-batch');
  }
  if (final) await evaluateSource(deps, batch.sourceId);
}

/** A worker that was made and never started speaks against its place. */
async function countBoot(deps: SettleBatchDeps, workerId: string, { job }: Evidence): Promise<void> {
  const worker = await deps.stores.workers.get(workerId);
  if (worker !== undefined) await noteNeverStarted(deps, worker, job);
}

type Known = Pick<Attempt, 'provider' | 'place' | 'node' | 'dollars' | 'tail'>;

/** What is known of an attempt besides how it ended: for the story of the batch, and so that the next one goes elsewhere. */
async function whereItWas(deps: SettleBatchDeps, workerId: string, { job, runReport }: Evidence): Promise<Known> {
  const worker = await deps.stores.workers.get(workerId);
  const dollars = worker && (worker.costDollars ?? dollarsSoFar(worker, deps.now()));
  return {
    ...optional('provider', worker?.provider),
    ...optional('place', worker?.place ?? worker?.site),
    ...optional('node', job?.node),
    ...optional('dollars', dollars),
    ...optional('tail', tailOf(runReport?.stderrTail) ?? tailOf(runReport?.stdoutTail)),
  };
}

async function writeDecision(
  deps: SettleBatchDeps,
  batch: Batch,
  { decision, verified, failed, cause, detail }: Settlement,
  known: Known,
): Promise<void> {
  const { tail, ...where } = known;
  // The last words of one that went well say nothing.
  const words = decision.event === 'complete' ? {} : optional('tail', tail);
  const ended = { attempt: batch.attempt, cause, detail, endedAt: deps.now().toISOString(), ...where, ...words };
  const excluded = batch.excludedRuns ?? 0;
  const lasting = failed.filter(({ reason }) => isLasting(reason)).length;
  const tried = decision.event === 'retry' || decision.event === 'put-off';
  await changeBatch(deps, batch.batchId, decision.event, {
    actor: 'settle-batch',
    detail: `${cause}: ${detail}`,
    where: { attempt: batch.attempt },
    set: {
      attempts: [...batch.attempts.filter((one) => one.attempt !== batch.attempt), ended],
      completeRuns: batch.completeRuns + verified.length,
      failedRuns: decision.event === 'partial' ? failed.length + excluded : 0,
      ...(tried && lasting > 0 && { excludedRuns: excluded + lasting }),
      ...('notBefore' in decision ? { notBefore: decision.notBefore } : {}),
    },
  });
}

type Evidence = Awaited<ReturnType<typeof evidenceOf>>;
async function evidenceOf(deps: SettleBatchDeps, manifest: AttemptManifest, workerId: string) {
  const jobs = await deps.stores.jobs.ofWorker(workerId);
  const job = jobs.find(({ kind }) => kind === 'run');
  return {
    runs: manifest.runs,
    job,
    runReport: job?.reportKey === undefined ? undefined : await deps.objects.getJson(job.reportKey, RunReport),
    verifyReport: await verifyEvidence(deps, manifest, jobs),
    swept: (await deps.stores.waits.get(waitId.swept(workerId)))?.fact as SweptFact | undefined,
    now: deps.now(),
  };
}
