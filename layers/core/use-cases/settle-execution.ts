import { settleCycle as endCycle } from '../discovery/settle-cycle';
import { FINAL_BATCH_STATUSES, FINAL_JOB_STATUSES, type Worker } from '../entities';
import { ContendedError } from '../errors';
import { batchIdOfWorker, sourceIdOfSlug } from '../ids';
import type { MachineName } from '../ports/outside';
import { isAttemptOver } from './attempt-over';
import { settleOperation } from './settle-operation';
import { changeSource, changeWorker } from './change-status';
import type { Deps } from './deps';
import { endJob } from './end-job';
import { evaluateSource } from './evaluate-source';
import { endOperation } from './operations';
import { raiseAttention } from './raise-attention';
import { sweepRetrySeconds } from './wait-times';

export const ABNORMAL_ENDS = ['FAILED', 'TIMED_OUT', 'ABORTED'] as const;
export interface EndedExecution {
  readonly machine: MachineName;
  readonly name: string;
  /** SUCCEEDED: the tick found it ended with its work undone. */
  readonly status: (typeof ABNORMAL_ENDS)[number] | 'SUCCEEDED';
}
export type SettleExecutionDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>;
export interface SettledExecution {
  readonly outcome: 'restarted' | 'settled' | 'given-up' | 'nothing';
}

/** Executions started in a row to settle one attempt after its own ended abnormally; then a person is asked. */
export const SETTLE_LIMIT = 5;
/** So many executions in a row take up the wait for a job that goes on. */
const TAKEN_UP_AGAIN = 2;
const CAUSES = {
  FAILED: 'execution-failed',
  TIMED_OUT: 'execution-timed-out',
  ABORTED: 'execution-aborted',
  SUCCEEDED: 'execution-unsettled',
} as const;

/** The executions of one attempt: its own, number 0, and those that settle it when that one has failed. */
export const attemptNameOf = (workerId: string, number: number): string => (number === 0 ? workerId : `${workerId}-settle-${number}`);

/**
 * The end of an execution that it did not come to by itself. Safe to repeat: each branch is a conditional change or a start by a name
 * that is used once; an event that comes late finds nothing to do.
 */
export function settleExecution(deps: SettleExecutionDeps, ended: EndedExecution): Promise<SettledExecution> {
  const branches: { readonly [M in MachineName]: () => Promise<SettledExecution> } = {
    'process-batch': () => settleAttempt(deps, ended),
    'check-source': () => settleCycle(deps, ended),
    'sweep-results': () => settleLeases(deps, ended),
    'publish-source': () => settlePublication(deps, ended),
    'add-sources': () => endOperationOf(deps, ended),
    'export-runs': () => endOperationOf(deps, ended),
    'tend-home': () => endTending(deps, ended),
    // Its lease runs out, and the next tick does what this one left.
    heartbeat: async () => ({ outcome: 'nothing' }),
    'reap-workers': async () => ({ outcome: 'nothing' }),
  };
  return branches[ended.machine]();
}

/**
 * Starts process-batch once more. Work that goes on outside is not to blame for its execution: the new one waits for its end. Of any other job, and where that
 * failed again, the job is ended first: the recorded facts then carry the execution straight to sweep, release and settle.
 */
async function settleAttempt(deps: SettleExecutionDeps, { name, status }: EndedExecution): Promise<SettledExecution> {
  const [workerId = '', number] = name.split('-settle-');
  const worker = await deps.stores.workers.get(workerId);
  const batch = await deps.stores.batches.get(batchIdOfWorker(workerId));
  if (!worker || !batch) return { outcome: 'nothing' };
  const settled = isAttemptOver(batch, worker.attempt);
  if (settled && (status === 'SUCCEEDED' || worker.status === 'gone' || worker.status === 'held')) return { outcome: 'nothing' };
  if (status === 'ABORTED' && !settled) await requestCancel(deps, batch.batchId, name);
  const job = (await deps.stores.jobs.ofWorker(workerId)).find(({ kind }) => kind === 'run');
  const used = Number(number ?? 0);
  const goesOn = job?.status === 'started' && status !== 'ABORTED' && used < TAKEN_UP_AGAIN;
  if (job && !FINAL_JOB_STATUSES.includes(job.status) && !goesOn) {
    const result = status === 'ABORTED' ? 'cancelled' : 'lost';
    await endJob(deps, job, { result, cause: CAUSES[status], detail: name, actor: 'settle-execution' });
  }
  if (used > 0 && used % SETTLE_LIMIT === 0 && !(await mayGoOn(deps, worker, used))) return giveUp(deps, worker, used, status);
  await deps.machines.start('process-batch', attemptNameOf(workerId, used + 1), {
    batchId: batch.batchId,
    attempt: worker.attempt,
    workerId,
  });
  return { outcome: 'restarted' };
}

/** A person was asked about these executions, and has cleared the attention since. */
const mayGoOn = async (deps: SettleExecutionDeps, worker: Worker, used: number): Promise<boolean> =>
  worker.settlesGivenUp === used && (await deps.stores.sources.get(worker.sourceId))?.needsAttention === undefined;

/** Asks a person, then remembers that one was asked: in this order a crash in between asks once more, and never goes on unasked. */
async function giveUp(
  deps: SettleExecutionDeps,
  { workerId, sourceId, status: from }: Worker,
  used: number,
  status: EndedExecution['status'],
): Promise<SettledExecution> {
  const detail = `${workerId}: ${used} executions ended abnormally, the last one is ${attemptNameOf(workerId, used)} (${status})`;
  await raiseAttention(deps, sourceId, { code: 'settling-failing', detail, step: 'settle-execution' });
  const at = deps.now().toISOString();
  const event = { entityId: workerId, sourceId, at, type: 'worker-settling-given-up', actor: 'settle-execution', detail };
  const written = await deps.stores.workers.change(workerId, { from, set: { settlesGivenUp: used }, event });
  if (written.outcome === 'conflict') throw new ContendedError(workerId);
  return { outcome: 'given-up' };
}

/** An abort is a person's word: what is not home yet is not tried again by this batch. No status changes, so no row of the table. */
async function requestCancel(deps: SettleExecutionDeps, batchId: string, name: string): Promise<void> {
  for (;;) {
    const batch = await deps.stores.batches.get(batchId);
    if (!batch || batch.cancelRequested || FINAL_BATCH_STATUSES.includes(batch.status)) return;
    const event = {
      entityId: batchId,
      sourceId: batch.sourceId,
      at: deps.now().toISOString(),
      type: 'batch-cancel-requested',
      actor: 'settle-execution',
      detail: `${name} was aborted`,
    };
    const written = await deps.stores.batches.change(batchId, { from: batch.status, set: { cancelRequested: true }, event });
    if (written.outcome === 'written') return;
  }
}

/** Whatever step it died in: the cycle ended badly. A plan that it had stored by then stands, and is evaluated. */
async function settleCycle(deps: SettleExecutionDeps, { name, status }: EndedExecution): Promise<SettledExecution> {
  const dot = name.lastIndexOf('.');
  const [sourceId, cycle] = [sourceIdOfSlug(name.slice(0, dot)), Number(name.slice(dot + 1))];
  const end = { outcome: 'bad', code: 'cycle-failed', detail: `the execution of cycle ${cycle} ended ${status}` } as const;
  if ((await endCycle(deps, sourceId, cycle, end, 'settle-execution')) === 'stale') return { outcome: 'nothing' };
  await evaluateSource(deps, sourceId);
  return { outcome: 'settled' };
}

/** The leases that it held are freed, and the sweeps count as failed. */
async function settleLeases(deps: SettleExecutionDeps, { name, status }: EndedExecution): Promise<SettledExecution> {
  const sweeping = await deps.stores.workers.withStatus('sweeping', 200);
  let freed = 0;
  for (const { workerId, sweep, sweepFailures } of sweeping.filter(({ sweepHolder }) => sweepHolder === name)) {
    const changed = await changeWorker(deps, workerId, 'sweep-failed', {
      actor: 'settle-execution',
      detail: CAUSES[status],
      where: { sweep },
      set: { nextSweepAt: new Date(deps.now().getTime() + sweepRetrySeconds(sweepFailures + 1) * 1000).toISOString() },
    });
    if (changed.outcome === 'changed') freed += 1;
  }
  return { outcome: freed > 0 ? 'settled' : 'nothing' };
}

async function endOperationOf(deps: SettleExecutionDeps, { name, status }: EndedExecution): Promise<SettledExecution> {
  const settled = await settleOperation(deps, name, { error: status, cause: `the execution ended ${status}` });
  return { outcome: settled.outcome === 'settled' ? 'settled' : 'nothing' };
}

/** Back to *running*: the heartbeat evaluates the source again, a bounded number of times. */
async function settlePublication(deps: SettleExecutionDeps, { name }: EndedExecution): Promise<SettledExecution> {
  const [, slug = '', cycle, index] = /^(.+)\.(\d+)\.index-(\d+)$/.exec(name) ?? [];
  const where = { listingCycle: Number(cycle), indexAsked: Number(index) };
  const changed = await changeSource(deps, sourceIdOfSlug(slug), 'publish-failed', { actor: 'settle-execution', detail: name, where });
  return { outcome: changed.outcome === 'changed' ? 'settled' : 'nothing' };
}

/** The operation ends with its execution: named like it, or, where a schedule started it, by its request. What its jobs did stands. */
async function endTending(deps: SettleExecutionDeps, { name, status }: EndedExecution): Promise<SettledExecution> {
  const running = await deps.stores.operations.running(200);
  const operation = running.find(({ operationId, request }) => operationId === name || request?.['execution'] === name);
  if (!operation) return { outcome: 'nothing' };
  const written = await endOperation(deps, operation.operationId, 'fail', { detail: `${CAUSES[status]}: execution ${name} of tend-home` });
  return { outcome: written.outcome === 'written' ? 'settled' : 'nothing' };
}
