/** What is recorded beside the four entities: claims, outcomes, history, tokens, counters, waits. */
import { z } from 'zod';
import { Time } from './entities';

/** A run in motion: who may fetch it now. Put conditionally at dispatch, removed when the batch settles. */
export const Claim = z.object({
  fetchKey: z.string(),
  holder: z.string(), // batch id
  /** Sources (other than the holder's) that wait for the outcome. */
  waiters: z.array(z.string()),
  claimedAt: Time,
});
export type Claim = z.infer<typeof Claim>;

/** Kept for good, one per fetched (run, filesHash, stage revision); at most 400 bytes. */
export const Outcome = z.object({
  fetchKey: z.string(),
  result: z.enum(['complete', 'failed']),
  reason: z.string().max(80).optional(),
  /** What its stage found of the run, kebab-case words; absent: nothing to say. */
  verdict: z.string().max(80).optional(),
  batchId: z.string(),
  bytes: z.number().int(),
  at: Time,
});
export type Outcome = z.infer<typeof Outcome>;

/** One line of history of a source, batch, worker or job. */
export const HistoryEvent = z.object({
  entityId: z.string(),
  sourceId: z.string(),
  at: Time,
  type: z.string(),
  from: z.string().optional(),
  to: z.string().optional(),
  actor: z.string(),
  detail: z.string().optional(),
});
export type HistoryEvent = z.infer<typeof HistoryEvent>;

export const ROLES = ['viewer', 'operator', 'site'] as const;
export type Role = (typeof ROLES)[number];
export const ApiToken = z.object({ tokenHash: z.string(), name: z.string(), role: z.enum(ROLES), createdAt: Time });
export type ApiToken = z.infer<typeof ApiToken>;

/** Counter of one cap: `total`, `pool/scheduled`, `provider/slurm`; of `tasks` it counts what they reserve, see `countedIn`. Changes only with the worker it counts. */
export const CapCounter = z.object({ scope: z.string(), workers: z.number().int(), bytes: z.number().int() });
export type CapCounter = z.infer<typeof CapCounter>;

/** What is reserved for all workers that are not gone, in US dollars. Changes only with the worker whose reservation it counts. */
export const Ledger = z.object({ reservedDollars: z.number(), version: z.number().int().nonnegative() });
export type Ledger = z.infer<typeof Ledger>;

/** What workers that are gone have cost, by `day`, `month`, `source` or `batch/<source>`; `key` is the day, the month, or the id. */
export const Spending = z.object({ of: z.string(), key: z.string(), dollars: z.number(), workers: z.number().int() });
export type Spending = z.infer<typeof Spending>;

/** Workers that were refused or never started at one place of a provider, `<image>/<region>/<size>`: see core/dispatch/breaker.ts. */
export const Breaker = z.object({
  provider: z.string(),
  place: z.string(),
  /** Since one started there last, the newest last. */
  failures: z.array(z.object({ workerId: z.string(), at: Time, cause: z.string() })),
  /** Present: it has opened. Until then none is made there. */
  openUntil: Time.optional(),
  /** The one worker that is tried there afterwards. */
  trial: z.object({ workerId: z.string(), until: Time }).optional(),
  version: z.number().int().nonnegative(),
});
export type Breaker = z.infer<typeof Breaker>;

/** A token that an execution waits with, and the fact it waits for; they may come in either order. */
export const Wait = z.object({
  waitId: z.string(),
  token: z.string().optional(),
  fact: z.record(z.string(), z.unknown()).optional(),
  answeredAt: Time.optional(),
});
export type Wait = z.infer<typeof Wait>;

/** How long batches take, learned from those that are over; one for each provider and stage revision. */
export const LearnedPace = z.object({
  provider: z.string(),
  stage: z.string(),
  revision: z.string(),
  /** Batches that it was learned from. */
  batches: z.number().int(),
  /** Seconds for a batch, for a run, for a gigabyte; and how sure that is (3 × 3, row by row). */
  seconds: z.array(z.number()).length(3),
  covariance: z.array(z.number()).length(9),
  updatedAt: Time,
  version: z.number().int(),
});
export type LearnedPace = z.infer<typeof LearnedPace>;

/** Space at home as it was measured last. */
export const HomeSpace = z.object({ freeBytes: z.number(), totalBytes: z.number(), path: z.string(), measuredAt: Time });
export type HomeSpace = z.infer<typeof HomeSpace>;
