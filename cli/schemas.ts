/** What the CLI needs of the API's answers; fields that are not named here pass through to `--json` untouched. */
import { z } from 'zod';
import { Money } from './money';
import { Pace } from '../layers/core/planning/pace';
import { EntityItem } from '../layers/core/discovery/mirror';
import { Validation } from '../layers/core/discovery/validate-listing';
import { Attention, Batch, RunCounts, Source } from '../layers/core/entities';

export const SourceLine = z.looseObject({
  sourceId: z.string(),
  name: z.string().optional(),
  lastRunStatus: z.string(),
  phase: z.string(),
  paused: z.boolean(),
  priority: z.number(),
  provider: z.string().optional(),
  workflow: z.string(),
  extraQuery: Source.shape.extraQuery,
  counts: RunCounts,
  lastCheckedAt: z.string().optional(),
  nextCheckAt: z.string(),
  includeSubtree: Source.shape.includeSubtree,
  recheckSeconds: Source.shape.recheckSeconds,
  limits: Source.shape.limits,
  approval: z.string(),
  approvalReason: z.string().optional(),
  needsAttention: Attention.optional(),
  generatedWarning: z.array(z.object({ code: z.string(), detail: z.string() })),
});
export type SourceLine = z.infer<typeof SourceLine>;

export type SourceList = z.infer<typeof SourceList>;
export const SourceList = z.object({ items: z.array(SourceLine), cursor: z.string().optional() });

const WorkerLine = z.looseObject({
  workerId: z.string(),
  provider: z.string(),
  site: z.string().optional(),
  status: z.string(),
  ageSeconds: z.number(),
});
const BatchLine = z.looseObject({
  batchId: z.string(),
  status: z.string(),
  attempt: z.number(),
  bytes: z.number(),
  stages: z.array(z.string()).optional(),
  parents: Batch.shape.parents,
  runs: z.object({ planned: z.number(), linked: z.number(), complete: z.number(), failed: z.number() }),
  attempts: Batch.shape.attempts,
  estimate: Batch.shape.estimate,
  waits: z.object({ code: z.string(), text: z.string() }).optional(),
  execution: z.string().optional(),
});
export const StatusAnswer = z.looseObject({
  installation: z.string(),
  sources: z.record(z.string(), z.number()),
  attention: z.array(z.object({ sourceId: z.string(), reason: z.string(), detail: z.string(), at: z.string() })),
  awaitingApproval: z.array(z.object({ sourceId: z.string(), reason: z.string() })),
  workers: z.array(WorkerLine),
  money: Money.optional(),
  batches: z.record(z.string(), z.number()),
  uncounted: z.array(z.string()).default([]),
  waiting: z.array(z.object({ code: z.string(), text: z.string(), batches: z.number() })).default([]),
  home: z
    .looseObject({
      ...{ freeBytes: z.number(), totalBytes: z.number(), measuredAt: z.string() },
      ...{ keptFreeBytes: z.number(), promisedBytes: z.number() },
    })
    .optional(),
  reaper: z
    .looseObject({ at: z.string(), marks: z.number(), notices: z.array(z.object({ subject: z.string(), text: z.string() })) })
    .optional(),
  paces: z
    .array(
      z.looseObject({
        ...{ provider: z.string(), stage: z.string(), revision: z.string(), batches: z.number(), learnedFrom: z.number() },
        ...Pace.shape,
      }),
    )
    .default([]),
  breakers: z
    .array(
      z.looseObject({
        ...{ provider: z.string(), place: z.string(), state: z.string(), failures: z.number() },
        ...{ openUntil: z.string().optional(), cause: z.string().optional() },
      }),
    )
    .default([]),
});
export type StatusAnswer = z.infer<typeof StatusAnswer>;
export const ShowAnswer = z.looseObject({
  source: SourceLine,
  runs: RunCounts,
  batches: z.array(BatchLine),
  workers: z.array(WorkerLine),
  places: z.object({ results: z.string(), samplesheet: z.string(), executions: z.record(z.string(), z.string()) }),
});
export type ShowAnswer = z.infer<typeof ShowAnswer>;
const RunLine = z.looseObject({
  accession: z.string(),
  state: z.string(),
  rule: z.string().nullish(),
  reason: z.string().nullish(),
  batchId: z.string().nullish(),
});
export const RunsAnswer = z.looseObject({
  items: z.array(RunLine),
  cursor: z.string().optional(),
  /** All runs of the source by state. */
  counts: z.record(z.string(), z.number()),
});
export type RunsAnswer = z.infer<typeof RunsAnswer>;
export const EntitiesAnswer = z.looseObject({ items: z.array(EntityItem), cursor: z.string().optional() });
export type EntitiesAnswer = z.infer<typeof EntitiesAnswer>;
export const EntityAnswer = z.looseObject({
  item: EntityItem,
  runs: z.looseObject({ items: z.array(RunLine), cursor: z.string().optional() }),
});
export const RunAnswer = z.looseObject({ run: RunLine, columns: z.record(z.string(), z.string()) });
export const ValidationAnswer = z.looseObject({ cycle: z.number(), validation: Validation.optional() });
export const EventsAnswer = z.object({
  items: z.array(
    z.looseObject({
      entityId: z.string(),
      at: z.string(),
      type: z.string(),
      from: z.string().optional(),
      to: z.string().optional(),
      actor: z.string(),
      detail: z.string().optional(),
    }),
  ),
  cursor: z.string().optional(),
});
export type EventsAnswer = z.infer<typeof EventsAnswer>;
export const AddAnswer = z.object({
  added: z.array(z.string()),
  existing: z.array(z.string()),
  invalid: z.array(z.object({ id: z.string(), reason: z.string() })),
});
export type AddAnswer = z.infer<typeof AddAnswer>;
export const HoldsAnswer = z.object({
  items: z.array(
    z.looseObject({
      workerId: z.string(),
      provider: z.string(),
      reason: z.string(),
      since: z.string(),
      heldUntil: z.string().optional(),
      sweepFailures: z.number(),
      dollarsSoFar: z.number().optional(),
      rescueRequestedAt: z.string().optional(),
      rescueFault: z.string().optional(),
      overdueAt: z.string().optional(),
    }),
  ),
});
