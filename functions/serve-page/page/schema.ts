import * as z from 'zod/mini';

const Count = z.number();
const Warning = z.object({ code: z.string(), detail: z.string() });
const Attention = z.object({ reason: z.string(), detail: z.string(), step: z.string(), at: z.string() });

const Source = z.object({
  sourceId: z.string(),
  name: z.optional(z.string()),
  lastRunStatus: z.string(),
  phase: z.string(),
  paused: z.boolean(),
  counts: z.object({ known: Count, excluded: Count, missing: z.optional(Count), withdrawn: Count, complete: Count, failed: Count }),
  generatedWarning: z.array(Warning),
  needsAttention: z.optional(Attention),
  approvalReason: z.optional(z.string()),
  lastCheckedAt: z.optional(z.string()),
  nextCheckAt: z.string(),
});
export type Source = z.infer<typeof Source>;

const Progress = z.object({ runsTotal: Count, runsDone: Count, runsFailed: Count, bytes: z.optional(Count) });
const Batch = z.object({
  batchId: z.string(),
  sourceId: z.string(),
  status: z.string(),
  attempt: Count,
  runCount: Count,
  bytes: Count,
  progress: z.optional(Progress),
  estimate: z.optional(z.object({ seconds: Count, learnedFrom: Count })),
  waits: z.optional(z.object({ code: z.string(), text: z.string() })),
});
export type Batch = z.infer<typeof Batch>;

const cost = { dollarsPerHour: z.optional(z.number()), dollarsSoFar: z.optional(z.number()) };
const Worker = z.object({
  workerId: z.string(),
  sourceId: z.string(),
  provider: z.string(),
  site: z.optional(z.string()),
  status: z.string(),
  ageSeconds: z.number(),
  deadline: z.string(),
  ...cost,
});
export type Worker = z.infer<typeof Worker>;

const Hold = z.object({
  workerId: z.string(),
  sourceId: z.string(),
  provider: z.string(),
  reason: z.string(),
  since: z.optional(z.string()),
  ...cost,
});
export type Hold = z.infer<typeof Hold>;

const Dollars = z.number();
const Money = z.object({
  reservedDollars: Dollars,
  dollarsSoFar: Dollars,
  day: z.string(),
  month: z.string(),
  dayDollars: Dollars,
  monthDollars: Dollars,
  budget: z.object({ dollarsPerDay: z.optional(Dollars), dollarsPerMonth: z.optional(Dollars), timeZone: z.string() }),
});
export type Money = z.infer<typeof Money>;

/** What the page needs of `GET /overview`. */
export const Overview = z.object({
  installation: z.string(),
  at: z.string(),
  sources: z.array(Source),
  openBatches: z.record(z.string(), z.number()),
  uncounted: z.array(z.string()),
  home: z.optional(z.object({ freeBytes: Count, totalBytes: Count, measuredAt: z.string(), keptFreeBytes: Count, promisedBytes: Count })),
  batches: z.array(Batch),
  workers: z.array(Worker),
  holds: z.array(Hold),
  money: Money,
});
export type Overview = z.infer<typeof Overview>;
