import type { AttentionCode } from '../attention';
import type { Batch, Job } from '../entities';
import type { PlannedRun, RunReport, VerifyReport } from '../wire';
import { causeKind, isLasting } from '../attempts/causes';
import { OUTAGE_LIMIT } from '../attempts/limits';
import type { SweptFact } from './record-fact';

/** What one attempt is judged by. Reports are absent where the job left none. */
export interface AttemptEvidence {
  readonly batch: Pick<Batch, 'attempt' | 'attemptLimit' | 'cancelRequested' | 'excludedRuns'>;
  /** Runs that this attempt was to bring home. */
  readonly runs: readonly PlannedRun[];
  readonly job: Pick<Job, 'status' | 'cause'> | undefined;
  readonly runReport: RunReport | undefined;
  readonly verifyReport: VerifyReport | undefined;
  readonly swept: SweptFact | undefined;
  readonly now: Date;
}
export interface VerifiedRun {
  readonly run: PlannedRun;
  readonly bytes: number;
}
export interface FailedRun {
  readonly run: PlannedRun;
  /** One kebab-case word. */
  readonly reason: string;
}
export type Decision =
  | { readonly event: 'complete' }
  | { readonly event: 'cancel' }
  /** *put-off*: a retry that does not count, since the attempt never reached the place of work. */
  | { readonly event: 'retry' | 'put-off'; readonly notBefore: string }
  | { readonly event: 'partial'; readonly attention?: AttentionCode };
export interface Settlement {
  readonly verified: readonly VerifiedRun[];
  readonly failed: readonly FailedRun[];
  /** Why the attempt ended as it did, one kebab-case word, and in a sentence. */
  readonly cause: string;
  readonly detail: string;
  readonly decision: Decision;
}

/**
 * Seconds to wait before the next attempt: 30, 60, 120 … up to 900. Short, because most causes are a node or a connection that is away
 * for a moment; bounded, because each attempt costs a slot.
 * @param attempt the attempt that has just ended, from 1
 */
export const retryDelaySeconds = (attempt: number): number => Math.min(900, 30 * 2 ** (Math.max(1, attempt) - 1));

/** What became of an attempt and what follows; pure. A run is complete only by the word of *verify*, never by that of the job that fetched it. */
export function decideSettlement(evidence: AttemptEvidence): Settlement {
  const { verified, failed } = judgeRuns(evidence);
  const cause = causeOf(evidence, failed);
  const detail = `${verified.length} of ${evidence.runs.length} runs verified${failed.length === 0 ? '' : `; ${reasonCounts(failed)}`}`;
  return { verified, failed, cause, detail, decision: decide(evidence, verified, failed, cause) };
}

function judgeRuns({ runs, job, runReport, verifyReport, swept }: AttemptEvidence): Pick<Settlement, 'verified' | 'failed'> {
  const verdicts = new Map(verifyReport?.runs.map((run) => [`${run.accession}#${run.filesHash}`, run]));
  const words = new Map(runReport?.runs.map((run) => [run.accession, run]));
  const verified: VerifiedRun[] = [];
  const failed: FailedRun[] = [];
  for (const run of runs) {
    const verdict = verdicts.get(`${run.accession}#${run.filesHash}`);
    const bytes = run.files.reduce((sum, file) => sum + file.bytes, 0);
    if (verdict?.result === 'verified') verified.push({ run, bytes });
    else {
      const refused = verdict?.result === 'refused' ? (verdict.reason ?? 'refused') : undefined;
      const held = swept?.outcome === 'held' ? 'results-held' : undefined;
      const word = words.get(run.accession)?.reason;
      failed.push({ run, reason: (refused ?? word ?? held ?? job?.cause ?? 'missing').slice(0, 80) });
    }
  }
  return { verified, failed };
}

function causeOf({ job, swept }: AttemptEvidence, failed: readonly FailedRun[]): string {
  if (swept?.outcome === 'held') return swept.cause;
  if (job?.status !== 'finished') return job?.cause ?? 'never-prepared';
  return failed.length === 0 ? 'finished' : 'runs-failed';
}

function decide(evidence: AttemptEvidence, verified: readonly VerifiedRun[], failed: readonly FailedRun[], cause: string): Decision {
  const { batch, job, swept, now } = evidence;
  // What earlier attempts left out is not in this one any more; it is not home for that.
  if (failed.length === 0) return { event: (batch.excludedRuns ?? 0) === 0 ? 'complete' : 'partial' };
  const { next } = causeKind(cause);
  if (batch.cancelRequested || next === 'cancel') return { event: 'cancel' };
  if (swept?.outcome === 'held') return { event: 'partial', attention: 'results-held' };
  if (next === 'attention') return { event: 'partial', attention: 'provider-refuses' };
  const notBefore = new Date(now.getTime() + retryDelaySeconds(batch.attempt) * 1000).toISOString();
  if (next === 'wait' && batch.attempt < OUTAGE_LIMIT) return { event: 'put-off', notBefore };
  const outside = job?.status !== 'finished';
  const hopeless = !outside && failed.every(({ reason }) => isLasting(reason));
  if (batch.attempt < batch.attemptLimit && !hopeless) return { event: 'retry', notBefore };
  return outside && verified.length === 0 ? { event: 'partial', attention: 'attempts-exhausted' } : { event: 'partial' };
}

function reasonCounts(failed: readonly FailedRun[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of failed) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${reason}: ${count}`).join(', ');
}
