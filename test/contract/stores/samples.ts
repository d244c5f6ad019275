import type { Batch, Job, Source, Worker } from '../../../layers/core/entities';
import type { Claim, HistoryEvent, Outcome } from '../../../layers/core/records';
import type { Admission } from '../../../layers/core/ports/stores';
import { batchIdOf, jobIdOf, workerIdOf } from '../../../layers/core/ids';

export const AT = '2026-11-21T08:00:00.000Z';
export const LATER = '2026-11-21T09:00:00.000Z';

/** Another study for each test, so that tests share one table and never meet. */
let used = 10_000;
export const newSourceId = (): string => `study:PRJEB${(used += 1)}`;

export const event = (sourceId: string, type: string, at = AT): HistoryEvent => ({ entityId: sourceId, sourceId, at, type, actor: 'test' });

export const source = (sourceId: string, with_: Partial<Source> = {}): Source => ({
  sourceId,
  includeSubtree: false,
  priority: 3,
  workflow: 'fetch',
  recheckSeconds: 3600,
  limits: { runs: 10, bytes: 10, dollars: 0 },
  paused: false,
  lastRunStatus: 'new',
  phase: 'idle',
  cycle: 0,
  cycleRunning: false,
  checkRequested: false,
  pool: 'scheduled',
  nextCheckAt: AT,
  listingCycle: 0,
  plannedBatches: 0,
  approval: 'none',
  counts: { known: 0, excluded: 0, withdrawn: 0, complete: 0, failed: 0 },
  indexAsked: 0,
  indexDone: 0,
  generatedWarning: [],
  createdAt: AT,
  version: 0,
  ...with_,
});

/** Of a worker that cost nothing. */
export const FREE = { dollars: 0, day: '2026-11-21', month: '2026-11' };

export const batch = (sourceId: string, index: number, with_: Partial<Batch> = {}): Batch => {
  const cycle = with_.cycle ?? 1;
  return {
    batchId: batchIdOf(sourceId, cycle, index),
    sourceId,
    cycle,
    index,
    planKey: `plans/${index}.json`,
    stage: 'fetch',
    revision: '0123456789ab',
    pool: 'scheduled',
    priority: 0,
    providers: ['slurm'],
    runCount: 3,
    bytes: 300,
    status: 'planned',
    attempt: 0,
    attemptLimit: 3,
    linkedRuns: [],
    completeRuns: 0,
    failedRuns: 0,
    cancelRequested: false,
    attempts: [],
    createdAt: AT,
    ...with_,
  };
};

export const worker = (batchId: string, sourceId: string, with_: Partial<Worker> = {}): Worker => ({
  workerId: workerIdOf(batchId, 1),
  batchId,
  sourceId,
  attempt: 1,
  provider: 'slurm',
  pool: 'scheduled',
  status: 'requested',
  slots: 1,
  reservedDollars: 0,
  reservedBytes: 100,
  requestedAt: AT,
  startDeadline: LATER,
  deadline: LATER,
  sweep: 0,
  sweepFailures: 0,
  ...with_,
});

export const job = (workerId: string, sourceId: string, with_: Partial<Job> = {}): Job => ({
  jobId: jobIdOf(workerId, 'fetch'),
  kind: 'run',
  sourceId,
  workerId,
  attempt: 1,
  status: 'requested',
  lastSeq: 0,
  stopRequested: false,
  requestedAt: AT,
  deadline: LATER,
  ...with_,
});

export const claim = (fetchKey: string, holder: string): Claim => ({
  fetchKey,
  holder,
  waiters: [],
  claimedAt: AT,
});

export const outcome = (fetchKey: string, result: Outcome['result'], with_: Partial<Outcome> = {}): Outcome => ({
  fetchKey,
  result,
  batchId: 'study-PRJEB1.1.1',
  bytes: 10,
  at: AT,
  ...with_,
});

export const admission = (of: Batch, caps: Admission['caps']): Admission => ({
  worker: worker(of.batchId, of.sourceId),
  batch: { batchId: of.batchId, from: 'planned', set: { status: 'dispatched', attempt: 1 }, event: event(of.sourceId, 'batch-dispatched') },
  caps,
});

export const without = <T extends object, K extends keyof T>(item: T, ...names: readonly K[]): Omit<T, K> =>
  Object.fromEntries(Object.entries(item).filter(([name]) => !names.includes(name as K))) as Omit<T, K>;
