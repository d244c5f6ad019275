/** One stage of a workflow, as plans carry it, and what reports say of it. Import `Stage` from `wire`. */
import { z } from 'zod';

export const StageName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'is no name of a stage: small letters, digits and "-", at most 40');
const Hash = z.string().regex(/^[0-9a-f]{12,64}$/);
export const StageParameters = z.record(
  z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/),
  z.union([z.string(), z.number(), z.boolean()], 'is no text, number, true or false'),
);
export const Resources = z.strictObject({
  cpus: z.number().int().positive(),
  memoryMb: z.number().int().positive(),
  timeMinutes: z.number().int().positive(),
});
export type Resources = z.infer<typeof Resources>;
/** What a run of a stage has to leave besides its own word *done*: for each pattern at least one file that is not empty. */
export const SuccessRule = z.strictObject({
  files: z.array(z.string().regex(/^[A-Za-z0-9*?._-]{1,100}$/, 'is no pattern of a file name')).min(1),
});

export const Stage = z.object({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** Folder of the kit, or inside the repository. */
  pipeline: z.string(),
  /** What results are told apart by: content hash or commit, shortened to what paths carry, or a hash over that and all else that makes them. */
  revision: z.string().regex(/^[0-9a-f]{12,40}$/),
  parameters: StageParameters,
  resources: Resources,
  /** The only providers it may run at; absent: wherever its source may. */
  providers: z.array(z.string()).min(1).optional(),
  /** Stages of this workflow whose results it works on; absent: none, it brings the files. */
  after: z.array(StageName).min(1).optional(),
  /** It works on the runs of all batches of a plan at once: a child batch of all of them. */
  join: z.literal(true).optional(),
  /** What the pipeline is pinned by, where the revision says more than that: its content hash, or its commit in `repository`. */
  pinned: Hash.optional(),
  repository: z.string().optional(),
  profile: z.string().optional(),
  /** Runs worked on at the same time. */
  atOnce: z.number().int().positive().optional(),
  /** How often a task is tried again. */
  retries: z.number().int().nonnegative().optional(),
  success: SuccessRule.optional(),
  /** Its tasks are jobs of the cluster of their own; absent: the worker runs them itself. */
  tasks: z.literal('cluster').optional(),
});
export type Stage = z.infer<typeof Stage>;

export const SignedFiles = z.array(z.object({ name: z.string(), bytes: z.number(), md5: z.string() }));
/** Each stage that was tried of a run, in their order. `verdict`: what the stage found, kebab-case words. */
export const RunStages = z.array(
  z.object({
    stage: z.string(),
    result: z.enum(['done', 'failed']),
    reason: z.string().nullish(),
    verdict: z.string().max(80).nullish(),
    files: SignedFiles.nullish(),
  }),
);
/** Stages of a run that are verified at home. */
export const VerifiedStages = z.array(z.object({ stage: z.string(), revision: z.string(), bytes: z.number() }));

/** What the manifest of a child batch says of the batches before it. */
export const BeforeIt = z.object({
  /** Stages that they did: what those made lies at home. */
  inputs: VerifiedStages.element.omit({ bytes: true }).array().default([]),
  /** What those said of a run, by accession: kebab-case words. */
  verdicts: z.record(z.string(), z.string()).optional(),
});
