/** A workflow as people write it; docs/workflows.md explains each field. */
import { z } from 'zod';
import { Resources, StageName, StageParameters, SuccessRule } from '../stage';

const Revision = z
  .string()
  .regex(/^[0-9a-f]{12,64}$/, 'is not pinned: give the content hash, 12 to 64 hex digits (slurm/kit.py revision DIR)');
const Commit = z
  .string()
  .regex(/^[0-9a-f]{40}$/, 'is not pinned: a branch or tag may move, give the commit, 40 hex digits (git rev-parse)');
const Repository = z.string().regex(/^(https|file):\/\/[A-Za-z0-9._~:/@%+-]{1,300}$/, 'is no https:// or file:// address');

/** A pipeline of the kit, by its folder and content hash. */
const KitPipeline = z.strictObject({ directory: StageName, revision: Revision });
/** A pipeline of a Git repository; `directory`: where its main.nf stands in it. */
const GitPipeline = z.strictObject({
  repository: Repository,
  commit: Commit,
  directory: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/, 'is no path inside a repository')
    .optional(),
});
export const PIPELINE_KEYS = { kit: Object.keys(KitPipeline.shape), git: Object.keys(GitPipeline.shape) } as const;

/** The stage that Trawl has of its own; what it needs is said in the configuration of the installation. */
const Places = z
  .array(z.enum(['slurm', 'droplet']))
  .min(1)
  .optional();
const BuiltinStage = z.strictObject({ name: StageName, builtin: z.literal('fetch', 'is not built in; "fetch" is'), providers: Places });
const PipelineStage = z.strictObject({
  name: StageName,
  /** Stages whose results it works on. */
  after: z.array(StageName).min(1, 'names no stage'),
  pipeline: z.union([KitPipeline, GitPipeline]),
  profile: z
    .string()
    .regex(/^[A-Za-z0-9_]+(,[A-Za-z0-9_]+)*$/, 'is no list of profiles')
    .optional(),
  parameters: StageParameters.default({}),
  resources: Resources,
  providers: Places,
  /** It works on the runs of all batches at once. */
  join: z.boolean().optional(),
  atOnce: z.number().int().min(1).max(1_000).optional(),
  retries: z.number().int().min(0).max(10).optional(),
  success: SuccessRule.optional(),
  /** Who runs its tasks: the worker itself, or the cluster as jobs of their own. */
  tasks: z.enum(['worker', 'cluster']).optional(),
});
export const STAGE_KEYS = { builtin: Object.keys(BuiltinStage.shape), pipeline: Object.keys(PipelineStage.shape) } as const;

export const WorkflowName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'is no name: small letters, digits and "-", at most 40');
export const WorkflowDocument = z.strictObject({
  workflow: WorkflowName,
  description: z.string().max(1_000).optional(),
  stages: z
    .array(z.union([BuiltinStage, PipelineStage]))
    .min(1)
    .max(20),
});
export type WorkflowDocument = z.infer<typeof WorkflowDocument>;
export type DocumentStage = WorkflowDocument['stages'][number];
export const DOCUMENT_KEYS = Object.keys(WorkflowDocument.shape);
/** The forms of one stage, so that faults are told of the form that was meant. */
export const STAGE_FORMS = { builtin: BuiltinStage, pipeline: PipelineStage, kit: KitPipeline, git: GitPipeline } as const;
