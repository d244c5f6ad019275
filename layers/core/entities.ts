import { z } from 'zod';
import type { ExtraQuery } from './discovery/extra-query';
import { POOLS, Time } from './entity-words';
import { FilterDocument } from './filters/document-schema';
import { Priority } from './sources/priority';

export { POOLS, Time, type Pool } from './entity-words';
export * from './work-entities';

export const Attention = z.object({ reason: z.string(), detail: z.string(), step: z.string(), at: Time });
export type Attention = z.infer<typeof Attention>;

export const SOURCE_STATUSES = ['new', 'in progress', 'ready', 'complete', 'warning', 'error'] as const;
/** Where a source's cycle stands, for people. */
export const SOURCE_PHASES = ['idle', 'listing', 'awaiting approval', 'running', 'publishing'] as const;

const Positive = z.number().int().positive();
export const Limits = z.object({ runs: Positive, bytes: Positive, dollars: z.number().nonnegative() });
export type Limits = z.infer<typeof Limits>;

const Count = z.number().int();
/** `missing`: not in the last good listing, but not withdrawn yet; absent where no comparison has counted them. */
export const RunCounts = z.object({
  known: Count,
  excluded: Count,
  missing: Count.optional(),
  withdrawn: Count,
  complete: Count,
  failed: Count,
});
export type RunCounts = z.infer<typeof RunCounts>;

/** A rejection that may be true of the archive, and the rows that the listing had. */
export const SuspectListing = z.object({ code: z.string(), rows: z.number().int().nonnegative() });

/** Where a source's batches may run; *any*: in the order of the configuration's caps. */
export const SOURCE_PROVIDERS = ['slurm', 'droplet', 'site', 'any'] as const;

/** What someone asked to watch. `version` grows with every write and guards read-modify-write. */
export const Source = z.object({
  sourceId: z.string(),
  includeSubtree: z.boolean(),
  /** Scientific name or study title, as ENA has it. */
  name: z.string().optional(),
  /** Above 0 it is served, higher first. */
  priority: Priority,
  workflow: z.string(),
  /** Absent: the defaults alone. */
  filters: FilterDocument.optional(),
  recheckSeconds: z.number().int().min(60),
  /** Judged where it comes in, so that a field which ENA drops later makes no stored source unreadable. */
  extraQuery: z.custom<ExtraQuery>((value) => typeof value === 'object' && value !== null).optional(),
  limits: Limits,
  /** Absent: any. */
  provider: z.enum(SOURCE_PROVIDERS).optional(),
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
  /** The last listing was whole, but so unlike the one before that a person has to confirm it; gone with the next good one. */
  suspectListing: SuspectListing.optional(),
  /** What a person has confirmed, until the next good listing. */
  acceptedListing: SuspectListing.optional(),
  approval: z.enum(['none', 'waiting', 'approved']),
  /** What exceeded the limits, in words, while approval is waited for. */
  approvalReason: z.string().optional(),
  counts: RunCounts,
  /** Number of the newest index job that was asked for, and of the newest that is finished, within `cycle`. */
  indexAsked: z.number().int().nonnegative(),
  indexDone: z.number().int().nonnegative(),
  /** Digest of the entries that the newest finished index job wrote; an equal one starts no job. */
  indexDigest: z.string().optional(),
  /** Since when everything of it at home was seen whole; absent before the first full pass. */
  homeVerifiedAt: Time.optional(),
  /** Grows whenever published results of it are set aside: what the comparison called complete is looked up anew then. */
  homeRevision: z.number().int().positive().optional(),
  needsAttention: Attention.optional(),
  generatedWarning: z.array(z.object({ code: z.string(), detail: z.string() })),
  createdAt: Time,
  /** The operation that added it. */
  addedBy: z.string().optional(),
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

/** How one attempt ended. Fields that are optional are those of what is known: where it was, what it cost until then, its last words. */
export const Attempt = z.object({
  attempt: z.number().int(),
  cause: z.string(),
  detail: z.string(),
  endedAt: Time,
  provider: z.string().optional(),
  /** Place at its provider, `<image>/<region>/<size>`, and the name of the node on a cluster. */
  place: z.string().optional(),
  node: z.string().optional(),
  dollars: z.number().nonnegative().optional(),
  tail: z.string().optional(),
});
export type Attempt = z.infer<typeof Attempt>;

/** The mutable record of a batch; its immutable plan stands in S3 at `planKey`. */
export const Batch = z.object({
  batchId: z.string(),
  sourceId: z.string(),
  cycle: z.number().int().positive(),
  index: z.number().int().positive(),
  planKey: z.string(),
  /** The last stage that its runs go through: its outcomes are what they are due for. */
  stage: z.string(),
  revision: z.string(),
  /** Stages before it on the same worker, in their order; absent: none. */
  earlierStages: z.array(z.object({ name: z.string(), revision: z.string() })).optional(),
  /** One of its stages runs its tasks as jobs of the cluster; absent: none does. */
  hasTasks: z.boolean().optional(),
  /** Batches whose verified results it works on: it waits until they are over; absent: none. */
  parents: z.array(z.string()).min(1).optional(),
  pool: z.enum(POOLS),
  priority: z.number().int(),
  providers: z.array(z.string()),
  runCount: z.number().int(),
  bytes: z.number().int(),
  /** How long its job takes, and how many finished batches that was learned from; 0: assumed. */
  estimate: z.object({ seconds: z.number().int(), learnedFrom: z.number().int() }).optional(),
  status: z.enum(BATCH_STATUSES),
  /** Attempts started so far; the running one carries this number. */
  attempt: z.number().int().nonnegative(),
  attemptLimit: z.number().int().positive(),
  notBefore: Time.optional(),
  /** What its next attempt may cost at most, in US dollars, where the budget had no room for that when it was tried. */
  needs: z.object({ provider: z.string(), dollars: z.number().nonnegative(), at: Time }).optional(),
  /** Runs of the plan that this batch leaves to another holder: `<accession>#<filesHash>`. */
  linkedRuns: z.array(z.string()),
  completeRuns: z.number().int(),
  failedRuns: z.number().int(),
  /** Runs that further attempts leave out, each for a reason of its own that would come again; absent: none. */
  excludedRuns: z.number().int().positive().optional(),
  cancelRequested: z.boolean(),
  /** Why each attempt ended, newest last. */
  attempts: z.array(Attempt),
  createdAt: Time,
  settledAt: Time.optional(),
});
export type Batch = z.infer<typeof Batch>;
