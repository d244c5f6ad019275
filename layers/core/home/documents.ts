/** What tending the home is about: adopting what a laboratory holds, and hashing again what is published. Both are operations. */
import { z } from 'zod';
import { FilesHash, RunAccession, SourceId } from '../ids';

/** A path on the cluster: absolute, without control characters; the gate says whether it is one of those allowed. */
const Directory = z
  .string()
  .max(1_000)
  // eslint-disable-next-line no-control-regex -- they are what is refused
  .regex(/^\/[^\u0000-\u001f\u007f]*$/, 'must be an absolute path on the cluster');

export const AdoptAsked = z.strictObject({
  directory: Directory,
  /** *link*: brought home as a clone, a hard link or a copy. *in-place*: left there, with links from home. */
  how: z.enum(['link', 'in-place']).default('link'),
  dryRun: z.boolean().default(false),
});
export const VerifyAsked = z.strictObject({
  /** Move aside what an earlier pass found damaged, and have it fetched again. */
  refetch: z.boolean().default(false),
});

/** `request` of an operation, by kind. `sources` are worked through one after the other. */
export const AdoptRequest = z.object({ sources: z.tuple([SourceId]), ...AdoptAsked.shape });
export type AdoptRequest = z.infer<typeof AdoptRequest>;
export const VerifyRequest = z.object({
  sources: z.array(SourceId),
  refetch: z.boolean(),
  /** Epoch seconds: what was seen whole since then is left alone. */
  before: z.number().int(),
  /** One job a source and no more; what is left waits for the next schedule. */
  once: z.boolean(),
  /** Name of the execution, where that is not the operation's id. */
  execution: z.string().optional(),
});
export type VerifyRequest = z.infer<typeof VerifyRequest>;

/** Where the execution stands: source number `at`, from its line or entry `from` on; `step` counts jobs, `tries` those in a row that did nothing. */
export const TendPlace = z.object({
  operationId: z.string(),
  step: z.number().int().positive(),
  at: z.number().int().nonnegative(),
  from: z.number().int().nonnegative(),
  tries: z.number().int().nonnegative(),
});
export type TendPlace = z.infer<typeof TendPlace>;

/** Of one step: what it was about, for the step that settles it. */
export const TendPart = z.object({
  v: z.literal(1),
  sourceId: SourceId,
  jobId: z.string(),
  /** Where the next part begins, and whether there is one. */
  next: z.number().int(),
  isLast: z.boolean(),
  runs: z.array(z.object({ accession: RunAccession, filesHash: FilesHash })),
  /** Nothing to do, so there is no job. */
  isEmpty: z.boolean(),
  /** Why no job was made. */
  refusal: z.object({ cause: z.string(), detail: z.string() }).optional(),
});
export type TendPart = z.infer<typeof TendPart>;

const Count = z.number().int().nonnegative();
export const Problem = z.object({ accession: z.string(), result: z.string(), detail: z.string() });
export type Problem = z.infer<typeof Problem>;
/** What came of one step. */
export const TendStep = z.object({
  v: z.literal(1),
  sourceId: z.string(),
  /** Runs by result. */
  counts: z.record(z.string(), Count),
  bytes: Count,
  problems: z.array(Problem),
  unknownNames: z.array(z.string()),
  reportKey: z.string().optional(),
  /** The source could not be finished. */
  failure: z.string().optional(),
});
export type TendStep = z.infer<typeof TendStep>;
/** Problems that the result of an operation lists; all stand in the reports that it names. */
export const SHOWN_PROBLEMS = 200;

export const tendKeys = (operationId: string, step: number) =>
  ({ part: `tending/${operationId}/${step}.json`, step: `tending/${operationId}/${step}-came.json` }) as const;
