/** What the gate of a cluster is asked, and answers. */
import { z } from 'zod';

const Gate = z.object({ gate: z.literal(1) });
/** `outcome` failed: surely no job was made. unknown: there may be one; look for its key before anything else. */
export const SubmitAnswer = z.discriminatedUnion('outcome', [
  Gate.extend({ outcome: z.literal('done'), slurmId: z.string(), attached: z.boolean() }),
  Gate.extend({ outcome: z.literal('failed'), reason: z.string(), detail: z.string() }),
  Gate.extend({ outcome: z.literal('unknown'), detail: z.string() }),
]);
export type SubmitAnswer = z.infer<typeof SubmitAnswer>;
export const JobStatusAnswer = z.object({
  jobId: z.string(),
  slurm: z
    .object({
      slurmId: z.string(),
      state: z.string(),
      reason: z.string().nullish(),
      exit: z.string().nullish(),
      node: z.string().nullish(),
    })
    .nullable(),
  locked: z.boolean(),
  report: z.unknown(),
  progress: z.unknown(),
});
export type JobStatusAnswer = z.infer<typeof JobStatusAnswer>;
const Reached = z.enum(['answered', 'unavailable']);
/** `slurm` is *unavailable* when neither squeue nor sacct could be asked; a job is *absent* only where both answered. */
export const StatusAnswer = Gate.extend({
  slurm: Reached,
  queue: Reached.optional(),
  accounting: Reached.optional(),
  jobs: z.array(JobStatusAnswer),
  /** Every live job of the installation that was asked for, known to the table or not. */
  live: z.array(z.object({ key: z.string(), slurmId: z.string(), state: z.string() })).optional(),
  /** Jobs that are tasks of a job of it, counted by that job's key. A gate of before there were any says nothing. */
  tasks: z.array(z.object({ key: z.string(), jobs: z.number().int() })).optional(),
});
export type StatusAnswer = z.infer<typeof StatusAnswer>;
export const TailAnswer = Gate.extend({ text: z.string(), totalBytes: z.number() });
export const CancelAnswer = Gate.extend({ outcome: z.enum(['done', 'failed', 'unknown']), found: z.number().int().nullish() });
export const DiskAnswer = Gate.extend({ freeBytes: z.number(), totalBytes: z.number(), path: z.string() });
export type DiskAnswer = z.infer<typeof DiskAnswer>;
/** `pullKey`: public line of the key with which the cluster pulls from workers; null where the kit is older. */
export const CapabilitiesAnswer = Gate.extend({ pullKey: z.string().nullish() }).loose();
export interface SubmitRequest {
  readonly v: 1;
  readonly key: string;
  readonly jobId: string;
  readonly kind: 'run' | 'verify' | 'sweep' | 'index' | 'clean' | 'adopt' | 'rehash' | 'look';
  readonly deadlineEpochSeconds: number;
  readonly resources: {
    readonly partition?: string;
    readonly account?: string;
    readonly qos?: string;
    /** Features of nodes, joined by `&` or by `|`. */
    readonly constraint?: string;
    readonly cpus: number;
    readonly memoryMb: number;
    readonly timeMinutes: number;
    /** Names of nodes that it is not to run on, as long as there are others. */
    readonly exclude?: readonly string[];
  };
  readonly enrolment: { readonly url: string; readonly token: string } | null;
  readonly spec: Readonly<Record<string, unknown>>;
  /** When a job that is over is made anew under its key; absent: never. One submitted since `askedAt` (epoch seconds) answers this request already. */
  readonly again?:
    | { readonly when: 'always' | 'if-failed'; readonly askedAt: number }
    | { readonly when: 'if-older-than'; readonly askedAt: number; readonly seconds: number };
}
