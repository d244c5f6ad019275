/** Schemas of settings that several functions read from their environment; each function's `env.ts` names the ones it needs. */
import { z } from 'zod';
import { FilterDocument } from './filters/document-schema';
import { Budget } from './money/budget';
import { TaskLimits } from './task-limits';
import { Stage } from './wire';

/** A variable that holds JSON. A text that is no JSON is refused like any other wrong value. */
export const jsonText = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);

const ClusterPlace = {
  user: z.string(),
  root: z.string(),
  partition: z.string().optional(),
  /** Where verify and index jobs run; the default partition where it is not set. */
  dataPartition: z.string().optional(),
  account: z.string().optional(),
  qos: z.string().optional(),
  /** Of the nodes that fetch, not of those that move data. */
  constraint: z.string().optional(),
  /** Absent: no tasks of stages are jobs of the cluster. */
  tasks: TaskLimits.optional(),
  group: z.string().optional(),
  umask: z.string().optional(),
};
const SshCluster = z.object({
  transport: z.literal('ssh'),
  host: z.string(),
  port: z.number().int(),
  /** Its pinned line, `ssh-ed25519 AAAA…`. */
  hostKey: z.string(),
  ...ClusterPlace,
});
const SsmCluster = z.object({
  transport: z.literal('ssm'),
  /** The node's id at Systems Manager. */
  host: z.string(),
  /** The installation's own Command document. */
  document: z.string(),
  /** Of Systems Manager; absent: where the SDK finds it. */
  endpointUrl: z.string().optional(),
  ...ClusterPlace,
});
/** The head node that the bridge reaches, over which transport, and how jobs are placed there. */
export const ClusterSetting = jsonText(z.discriminatedUnion('transport', [SshCluster, SsmCluster]));
export type ClusterSetting = z.infer<typeof ClusterSetting>;

/** Filters that hold for every source that says nothing else. */
export const FilterDefaultsSetting = jsonText(FilterDocument);

/** Where the worker kit lies; `null` where no worker needs one. */
export const KitSetting = jsonText(
  z.object({ bucket: z.string(), key: z.string(), sha256: z.string(), bytes: z.coerce.number().int() }).nullable(),
);

/** State machine ARN by name. */
export const MachinesSetting = jsonText(z.record(z.string(), z.string()));

/** Physical names of all functions of the installation. */
export const FunctionNamesSetting = jsonText(z.array(z.string()));

/** How long a worker whose results could not be brought home is held before Trawl ends the hold itself. */
export const HoldSecondsSetting = z.coerce.number().int().positive();

/** The stages of the one built-in workflow; there is at least one. */
export const WorkflowSetting = jsonText(z.tuple([Stage], Stage));

/** Revisions of the pipelines in the kit, by folder. */
export const PipelinesSetting = jsonText(z.record(z.string(), Stage.shape.revision));

/** How often what is at home is hashed again, and how much of it at once. */
export const VerifySetting = jsonText(z.object({ days: z.number().positive(), maxBytes: z.number().int().positive() }));

/** How long what is over is kept; see docs/retention.md. */
export const RetentionSetting = jsonText(
  z.object({ rawDays: z.number().positive(), listingDays: z.number().positive(), jobDays: z.number().positive() }),
);

/** How many workers may live at once, and how much stays free at home. */
export const CapsSetting = jsonText(
  z.object({
    total: z.number().int().positive(),
    pools: z.object({ scheduled: z.number().int().positive(), manual: z.number().int().positive() }),
    providers: z.record(z.string(), z.number().int().positive()),
    /** Of one source; absent: as many as there are. */
    perSource: z.number().int().positive().optional(),
    homeFreeBytesMin: z.number().int().nonnegative(),
    /** Bytes at home for each byte planned: what a stage makes of its files comes on top of them. */
    homeFactor: z.number().positive().default(1),
    cyclesAtOnce: z.number().int().positive(),
    /** Of tasks that are jobs of the cluster; absent: there are none. */
    tasks: z.object({ queueSize: z.number().int().positive(), atOnce: z.number().int().positive().optional() }).optional(),
  }),
);

/** What may be spent in a day and a month, and the zone that these begin in. */
export const BudgetSetting = jsonText(Budget);

/** What bounds a batch besides its stage's own time limit. */
export const BatchSetting = z.object({
  maxBytes: z.number().int().positive(),
  maxRuns: z.number().int().positive(),
  /** Longest time that a batch is planned to take. */
  maxMinutes: z.number().int().positive(),
  /** Largest disk of a worker, by provider; one that is not named has room for anything. */
  workerDiskGb: z.record(z.string(), z.number().positive()),
});
export type BatchSetting = z.infer<typeof BatchSetting>;

const Share = z.number().min(0).max(1);
/** How listings are taken from ENA, and when a whole one is held to be false. */
export const ListingSetting = jsonText(
  z.object({
    /** Runs of one request; more are listed in windows. */
    rowLimit: z.number().int().positive(),
    /** A call begins no further window after this long and lets the next one go on. */
    secondsPerCall: z.number().int().nonnegative(),
    /** A listing with fewer runs than the last by more than this share, and by at least `dropRowsMin`, needs a person's word. */
    dropShare: Share,
    dropRowsMin: z.number().int().positive(),
    /** The same of runs with files. */
    blankShare: Share,
  }),
);
export type ListingSetting = z.infer<typeof ListingSetting>;
