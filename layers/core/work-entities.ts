/** Workers and jobs: what stands outside AWS, as the table knows it. Import them from `entities`. */
import { z } from 'zod';
import { POOLS, Time } from './entity-words';

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
  /** Where the provider made it, or was asked to: `<image>/<region>/<size>`. */
  place: z.string().optional(),
  slots: z.number().int(),
  reservedDollars: z.number(),
  reservedBytes: z.number().int(),
  /** Tasks that it may have in Slurm's queue at once; absent: none of its stages runs them there. */
  reservedTasks: z.number().int().positive().optional(),
  /** US dollars, as the provider said when it made the worker; absent: it costs nothing. */
  dollarsPerHour: z.number().nonnegative().optional(),
  /** Until the provider has said it: the most that it may cost an hour, and what each GiB that leaves it costs. */
  dollarsPerHourAtMost: z.number().nonnegative().optional(),
  egressDollarsPerGib: z.number().nonnegative().optional(),
  /** What it cost in the end, as it was booked; the day and month of that are those of `goneAt`. */
  costDollars: z.number().nonnegative().optional(),
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
  /** Since when it is held, and why in one word. */
  heldAt: Time.optional(),
  heldCause: z.string().optional(),
  /** Why what it says that it put into the bucket was not believed, and how often that happened. */
  rescueFault: z.string().optional(),
  rescueFaults: z.number().int().positive().optional(),
  /** When its hold was over and no way of ending it was found; looked at again after a while. */
  overdueAt: Time.optional(),
  /** Executions that failed to settle its attempt when a person was last asked; more are started once that is cleared. */
  settlesGivenUp: z.number().int().positive().optional(),
  /** Consecutive looks that found nothing at the provider, with the time of the first. */
  missingSince: Time.optional(),
  goneAt: Time.optional(),
  /** The site that claimed it, by which of its requests, and until when that claim holds unless it is renewed. */
  site: z.string().optional(),
  claimNonce: z.string().optional(),
  leaseUntil: Time.optional(),
});
export type Worker = z.infer<typeof Worker>;

export const JOB_KINDS = ['run', 'sweep', 'verify', 'clean', 'index', 'adopt', 'rehash'] as const;
/** Kinds whose report says which runs are verified at home. */
export const VERIFYING_KINDS: readonly (typeof JOB_KINDS)[number][] = ['verify', 'sweep'];
export const JOB_STATUSES = ['requested', 'started', 'finished', 'failed', 'lost', 'cancelled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];
export const FINAL_JOB_STATUSES: readonly JobStatus[] = ['finished', 'failed', 'lost', 'cancelled'];

/** An sshd that serves a worker's results, read only; `hostKey` is `ssh-ed25519 AAAA…` without comment. */
export const Ssh = z.object({
  host: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.:-]{0,253}$/),
  port: z.number().int().min(1).max(65535),
  user: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/),
  hostKey: z.string().regex(/^ssh-ed25519 [A-Za-z0-9+/]{40,100}={0,3}$/),
});
export type Ssh = z.infer<typeof Ssh>;

export const Job = z.object({
  jobId: z.string(),
  kind: z.enum(JOB_KINDS),
  sourceId: z.string(),
  /** Absent on jobs that belong to no worker: index, adopt, rehash. */
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
  /** Name of the node that it runs, or ran, on. */
  node: z.string().optional(),
  /** The provider was asked to create this job's worker; the intent, written before. */
  createAskedAt: Time.optional(),
  /** Object with the job's document, for a worker that fetches it there; its results lie on the worker until they are pulled. */
  documentKey: z.string().optional(),
  /** Its worker puts the results into the bucket before the job ends: nothing is left to pull from it. */
  bringsResults: z.boolean().optional(),
  /** Where its worker can be pulled from, by its first word *started*; pinned from then on. */
  ssh: Ssh.optional(),
  /** A person, or the end of the hold, asked that its worker, which is held, put its results into the bucket. */
  rescueRequestedAt: Time.optional(),
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
  /** The newest early sweep of its worker that was asked for: its number, when and why, and how many runs were done then. */
  early: z
    .object({ number: z.number().int().positive(), askedAt: Time, why: z.enum(['silent', 'done']), runsDone: z.number().int() })
    .optional(),
  /** Early sweeps in a row that reached its silent worker and found nothing new to hear: since when, how many, and the number of the last. */
  still: z.object({ since: Time, looks: z.number().int().positive(), last: z.number().int().positive() }).optional(),
  /** When a person was told that its worker is silent and out of reach; that is told once. */
  silenceToldAt: Time.optional(),
  /** Why Slurm lets it wait, in Slurm's word, while it does. */
  pendingReason: z.string().optional(),
});
export type Job = z.infer<typeof Job>;
