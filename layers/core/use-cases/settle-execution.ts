import { FINAL_BATCH_STATUSES, FINAL_JOB_STATUSES } from '../entities';
import { batchIdOfWorker, sourceIdOfSlug } from '../ids';
import type { MachineName } from '../ports/outside';
import { changeSource, changeWorker } from './change-status';
import type { Deps } from './deps';
import { endJob } from './end-job';
import { raiseAttention } from './raise-attention';
import { sweepRetrySeconds } from './wait-times';

export const ABNORMAL_ENDS = ['FAILED', 'TIMED_OUT', 'ABORTED'] as const;
export interface EndedExecution {
  readonly machine: MachineName;
  readonly name: string;
  readonly status: (typeof ABNORMAL_ENDS)[number];
}
export type SettleExecutionDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>;
export interface SettledExecution {
  readonly outcome: 'restarted' | 'settled' | 'given-up' | 'nothing';
}

/** Executions started to settle one attempt after its own ended abnormally; then a person is asked. */
export const SETTLE_LIMIT = 5;
const CAUSES = { FAILED: 'execution-failed', TIMED_OUT: 'execution-timed-out', ABORTED: 'execution-aborted' } as const;
const CYCLE_RETRY_SECONDS = 900;

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
    // Its lease runs out, and the next tick does what this one left.
    heartbeat: async () => ({ outcome: 'nothing' }),
  };
  return branches[ended.machine]();
}

/** Ends the job, then starts process-batch once more: the recorded facts carry it straight to sweep, release and settle. */
async function settleAttempt(deps: SettleExecutionDeps, { name, status }: EndedExecution): Promise<SettledExecution> {
  const [workerId = '', number] = name.split('-settle-');
  const worker = await deps.stores.workers.get(workerId);
  const batch = await deps.stores.batches.get(batchIdOfWorker(workerId));
  if (!worker || !batch) return { outcome: 'nothing' };
  const settled = FINAL_BATCH_STATUSES.includes(batch.status) || batch.status === 'planned' || batch.attempt !== worker.attempt;
  if (settled && (worker.status === 'gone' || worker.status === 'held')) return { outcome: 'nothing' };
  if (status === 'ABORTED' && !settled) await requestCancel(deps, batch.batchId, name);
  const job = (await deps.stores.jobs.ofWorker(workerId)).find(({ kind }) => kind === 'run');
  if (job && !FINAL_JOB_STATUSES.includes(job.status)) {
    const result = status === 'ABORTED' ? 'cancelled' : 'lost';
    await endJob(deps, job, { result, cause: CAUSES[status], detail: name, actor: 'settle-execution' });
  }
  const next = Number(number ?? 0) + 1;
  if (next > SETTLE_LIMIT) {
    const detail = `${workerId}: ${SETTLE_LIMIT} executions ended abnormally, the last one is ${name} (${status})`;
    await raiseAttention(deps, batch.sourceId, { code: 'settling-failing', detail, step: 'settle-execution' });
    return { outcome: 'given-up' };
  }
  await deps.machines.start('process-batch', `${workerId}-settle-${next}`, { batchId: batch.batchId, attempt: worker.attempt, workerId });
  return { outcome: 'restarted' };
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

async function settleCycle(deps: SettleExecutionDeps, { name, status }: EndedExecution): Promise<SettledExecution> {
  const dot = name.lastIndexOf('.');
  const [sourceId, cycle] = [sourceIdOfSlug(name.slice(0, dot)), Number(name.slice(dot + 1))];
  const source = await deps.stores.sources.get(sourceId);
  if (!source?.cycleRunning || source.cycle !== cycle) return { outcome: 'nothing' };
  const warning = { code: 'cycle-failed', detail: `the execution of cycle ${cycle} ended ${status}` };
  const changed = await changeSource(deps, sourceId, 'cycle-failed', {
    actor: 'settle-execution',
    detail: warning.detail,
    where: { cycle, cycleRunning: true },
    set: {
      cycleRunning: false,
      lastRunStatus: source.needsAttention ? 'error' : 'warning',
      generatedWarning: [...source.generatedWarning.filter(({ code }) => code !== warning.code), warning],
      nextCheckAt: new Date(deps.now().getTime() + CYCLE_RETRY_SECONDS * 1000).toISOString(),
    },
  });
  return { outcome: changed.outcome === 'changed' ? 'settled' : 'nothing' };
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

/** Back to *running*: the heartbeat evaluates the source again, a bounded number of times. */
async function settlePublication(deps: SettleExecutionDeps, { name }: EndedExecution): Promise<SettledExecution> {
  const [, slug = '', cycle, index] = /^(.+)\.(\d+)\.index-(\d+)$/.exec(name) ?? [];
  const where = { listingCycle: Number(cycle), indexAsked: Number(index) };
  const changed = await changeSource(deps, sourceIdOfSlug(slug), 'publish-failed', { actor: 'settle-execution', detail: name, where });
  return { outcome: changed.outcome === 'changed' ? 'settled' : 'nothing' };
}
