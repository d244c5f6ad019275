import { z } from 'zod';

/** Times are ISO 8601 in UTC with milliseconds, so that they sort as text. */
export const Time = z.iso.datetime({ precision: 3 });

export const Attention = z.object({ reason: z.string(), detail: z.string(), step: z.string(), at: Time });
export type Attention = z.infer<typeof Attention>;

export const SOURCE_STATUSES = ['new', 'in progress', 'ready', 'complete', 'warning', 'error'] as const;
/** Where a source's cycle stands, for people. */
export const SOURCE_PHASES = ['idle', 'listing', 'awaiting approval', 'running', 'publishing'] as const;

const Positive = z.number().int().positive();
export const Limits = z.object({ runs: Positive, bytes: Positive, dollars: z.number().nonnegative() });
export type Limits = z.infer<typeof Limits>;

const Count = z.number().int();
export const RunCounts = z.object({ known: Count, excluded: Count, withdrawn: Count, complete: Count, failed: Count });
export type RunCounts = z.infer<typeof RunCounts>;

export const POOLS = ['scheduled', 'manual'] as const;
export type Pool = (typeof POOLS)[number];

/** What someone asked to watch. `version` grows with every write and guards read-modify-write. */
export const Source = z.object({
  sourceId: z.string(),
  includeSubtree: z.boolean(),
  name: z.string().optional(),
  priority: z.number().int().min(-1).max(6),
  workflow: z.string(),
  filters: z.array(z.object({ rule: z.string(), parameters: z.record(z.string(), z.unknown()).optional() })).optional(),
  recheckSeconds: z.number().int().min(60),
  limits: Limits,
  paused: z.boolean(),
  lastRunStatus: z.enum(SOURCE_STATUSES),
  phase: z.enum(SOURCE_PHASES),
  /** Number of the newest cycle that was started; 0 before the first. */
  cycle: z.number().int().nonnegative(),
  /** Execution of a cycle that has not ended yet. */
  cycleRunning: z.boolean(),
  cycleStartedAt: Time.optional(),
  /** A person asked for a cycle now; cleared when it starts. */
  checkRequested: z.boolean(),
  /** Pool of the batches that the next cycle plans: a cycle asked for by a person is manual. */
  pool: z.enum(POOLS),
  lastCheckedAt: Time.optional(),
  nextCheckAt: Time,
  /** Pointer to the last good listing and its plan; moves in the one write that stores the plan. */
  listingCycle: z.number().int().nonnegative(),
  plannedBatches: z.number().int().nonnegative(),
  /** Listings rejected since the last good one; absent means none. */
  rejectedListings: z.number().int().positive().optional(),
  approval: z.enum(['none', 'waiting', 'approved']),
  /** What exceeded the limits, in words, while approval is waited for. */
  approvalReason: z.string().optional(),
  counts: RunCounts,
  /** Number of the newest index job that was asked for, and of the newest that is finished, within `cycle`. */
  indexAsked: z.number().int().nonnegative(),
  indexDone: z.number().int().nonnegative(),
  /** Digest of the entries that the newest finished index job wrote; an equal one starts no job. */
  indexDigest: z.string().optional(),
  needsAttention: Attention.optional(),
  generatedWarning: z.array(z.object({ code: z.string(), detail: z.string() })),
  createdAt: Time,
  version: z.number().int().nonnegative(),
});
export type Source = z.infer<typeof Source>;

export const BATCH_STATUSES = [
  'planned', // waits for a slot (or for its source's approval, or for `notBefore`)
  'dispatched', // admitted: worker item exists, execution started or about to be
  'running', // the worker reported started
  'sweeping', // the work ended in any way; what there is gets swept
  'complete', // final: every run of it verified, or linked
  'partial', // final: attempts used up or not worth repeating; some runs failed
  'cancelled', // final
  'superseded', // final: replaced by a newer plan before it was dispatched
] as const;
export type BatchStatus = (typeof BATCH_STATUSES)[number];
export const FINAL_BATCH_STATUSES: readonly BatchStatus[] = ['complete', 'partial', 'cancelled', 'superseded'];

/** The mutable record of a batch; its immutable plan stands in S3 at `planKey`. */
export const Batch = z.object({
  batchId: z.string(),
  sourceId: z.string(),
  cycle: z.number().int().positive(),
  index: z.number().int().positive(),
  planKey: z.string(),
  stage: z.string(),
  revision: z.string(),
  pool: z.enum(POOLS),
  priority: z.number().int(),
  providers: z.array(z.string()),
  runCount: z.number().int(),
  bytes: z.number().int(),
  status: z.enum(BATCH_STATUSES),
  /** Attempts started so far; the running one carries this number. */
  attempt: z.number().int().nonnegative(),
  attemptLimit: z.number().int().positive(),
  notBefore: Time.optional(),
  /** Runs of the plan that this batch leaves to another holder: `<accession>#<filesHash>`. */
  linkedRuns: z.array(z.string()),
  completeRuns: z.number().int(),
  failedRuns: z.number().int(),
  cancelRequested: z.boolean(),
  /** Why each attempt ended, newest last. */
  attempts: z.array(z.object({ attempt: z.number().int(), cause: z.string(), detail: z.string(), endedAt: Time })),
  createdAt: Time,
  settledAt: Time.optional(),
});
export type Batch = z.infer<typeof Batch>;

export const WORKER_STATUSES = [
  'requested', // intent written, create not answered yet or answered unknown: counts as live
  'live', // the provider knows it
  'ready', // the work on it ended: to be swept
  'sweeping', // a sweep holds its lease
  'swept', // all that was worth having is verified at home
  'held', // sweeps failed for good: kept, visible, attention
  'destroying', // asked to end; lasts until the provider says gone
  'gone', // final: slot and reservation freed
] as const;
export type WorkerStatus = (typeof WORKER_STATUSES)[number];

export const Worker = z.object({
  workerId: z.string(),
  batchId: z.string(),
  sourceId: z.string(),
  attempt: z.number().int().positive(),
  provider: z.string(),
  pool: z.enum(POOLS),
  status: z.enum(WORKER_STATUSES),
  /** Id given by the provider, once known (Slurm job id, droplet id). */
  providerRef: z.string().optional(),
  slots: z.number().int(),
  reservedDollars: z.number(),
  reservedBytes: z.number().int(),
  requestedAt: Time,
  /** Latest time for *started*; then for the end of its job. */
  startDeadline: Time,
  deadline: Time,
  /** Number of the newest sweep; raised by the write that takes the lease. */
  sweep: z.number().int().nonnegative(),
  sweepLeaseUntil: Time.optional(),
  /** Execution of sweep-results that holds the lease. */
  sweepHolder: z.string().optional(),
  sweepFailures: z.number().int().nonnegative(),
  nextSweepAt: Time.optional(),
  /** Executions that failed to settle its attempt when a person was last asked; more are started once that is cleared. */
  settlesGivenUp: z.number().int().positive().optional(),
  /** Consecutive looks that found nothing at the provider, with the time of the first. */
  missingSince: Time.optional(),
  goneAt: Time.optional(),
});
export type Worker = z.infer<typeof Worker>;

export const JOB_KINDS = ['run', 'sweep', 'verify', 'clean', 'index'] as const;
export const JOB_STATUSES = ['requested', 'started', 'finished', 'failed', 'lost', 'cancelled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];
export const FINAL_JOB_STATUSES: readonly JobStatus[] = ['finished', 'failed', 'lost', 'cancelled'];

export const Job = z.object({
  jobId: z.string(),
  kind: z.enum(JOB_KINDS),
  sourceId: z.string(),
  /** Absent on index jobs. */
  workerId: z.string().optional(),
  batchId: z.string().optional(),
  attempt: z.number().int().positive(),
  stage: z.string().optional(),
  status: z.enum(JOB_STATUSES),
  /** sha256 of the enrolment token; the token itself is nowhere kept. */
  enrolmentHash: z.string().optional(),
  enrolmentExpiresAt: Time.optional(),
  /** Nonce of the first use; the same nonce is answered again, another is refused. */
  enrolmentNonce: z.string().optional(),
  slurmId: z.string().optional(),
  /** Highest sequence number applied or refused. */
  lastSeq: z.number().int().nonnegative(),
  lastHeardAt: Time.optional(),
  progress: z.record(z.string(), z.number()).optional(),
  /** Set to have the worker told *stop* in the answer to its next callback. */
  stopRequested: z.boolean(),
  reportKey: z.string().optional(),
  cause: z.string().optional(),
  requestedAt: Time,
  startedAt: Time.optional(),
  endedAt: Time.optional(),
  deadline: Time,
  /** When *stop* was asked for; the worker is destroyed when a grace has passed and it still lives. `cause` says why. */
  stopRequestedAt: Time.optional(),
  /** Since when Slurm says that it ended although no report was seen. */
  endedSeenAt: Time.optional(),
  /** Since when the cluster knows nothing of it, and how many answers said so; both cleared when it is seen. */
  missingSince: Time.optional(),
  missingLooks: z.number().int().nonnegative().optional(),
});
export type Job = z.infer<typeof Job>;
