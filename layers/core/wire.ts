/** Documents that leave the control plane or come into it: plans, manifests, job specs, reports, callbacks; the gate's words are in wire-gate. */
import { z } from 'zod';
import { FilesHash, JobId, RunAccession } from './ids';
import { ReportBase } from './report-base';
import { BeforeIt, RunStages, SignedFiles, Stage, VerifiedStages } from './stage';
import { AdoptReport, RehashReport } from './wire-home';

export { Stage } from './stage';
export { SubmitAnswer, JobStatusAnswer, StatusAnswer, TailAnswer, CancelAnswer, DiskAnswer, CapabilitiesAnswer } from './wire-gate';
export type { SubmitRequest } from './wire-gate';

const Md5 = z.string().regex(/^[0-9a-f]{32}$/);
const FileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/);

export const RunFile = z.object({ name: FileName, url: z.url(), bytes: z.number().int().positive(), md5: Md5 });
export type RunFile = z.infer<typeof RunFile>;

export const PlannedRun = z.object({
  accession: RunAccession,
  filesHash: FilesHash,
  files: z.array(RunFile).min(1),
  /** ENA's columns that the samplesheet and run.json need, verbatim. */
  metadata: z.record(z.string(), z.string()),
});
export type PlannedRun = z.infer<typeof PlannedRun>;

/** Immutable plan of a batch, `plans/<batch>.json`. */
export const BatchPlan = z.object({
  v: z.literal(1),
  batchId: z.string(),
  sourceId: z.string(),
  cycle: z.number().int(),
  stages: z.array(Stage).min(1),
  /** Batches whose results it works on, and `<stage>@<revision>` of what it finds at home of each run; empty: it brings the files itself. */
  parents: z.array(z.string()),
  inputs: z.array(z.string()),
  pool: z.string(),
  priority: z.number().int(),
  providers: z.array(z.string()),
  runs: z.array(PlannedRun).min(1),
  bytes: z.number().int(),
});
export type BatchPlan = z.infer<typeof BatchPlan>;

/** What one attempt may do: the runs it claimed. `attempts/<worker>/manifest.json`. */
export const AttemptManifest = z.object({
  v: z.literal(1),
  workerId: z.string(),
  /** The last stage; its resources are those of the whole worker. */
  stage: Stage,
  /** The stages before it, each after those it works on. */
  earlier: z.array(Stage).default([]),
  ...BeforeIt.shape,
  runs: z.array(PlannedRun),
  /** `<accession>#<filesHash>` of runs left to another holder or verified already. */
  linked: z.array(z.string()),
  /** Workers of earlier attempts whose staged files may be reused after their md5 is checked. */
  earlierWorkers: z.array(z.string()),
});
export type AttemptManifest = z.infer<typeof AttemptManifest>;

const Tail = z.string().max(16_000).nullish();
export const RunReport = ReportBase.extend({
  kind: z.literal('run'),
  exitCode: z.number().int().nullable(),
  signal: z.string().nullish(),
  /** Why the job failed as a whole, one word: stopped, time-limit, nextflow-died, nextflow-failed, … */
  reason: z.string().nullish(),
  process: z.string().nullish(),
  stdoutTail: Tail,
  stderrTail: Tail,
  runs: z.array(
    z.object({
      accession: RunAccession,
      result: z.enum(['done', 'failed']),
      reason: z.string().nullish(),
      detail: z.string().nullish(),
      bytes: z.number().nullish(),
      /** The manifest that the worker signs: what it says that it brought. Never what counts (I6). */
      files: SignedFiles.nullish(),
      /** Where it went through several stages. */
      stages: RunStages.nullish(),
    }),
  ),
  /** sha256 of the manifest of each stage that made files of its own: what its results are verified against (I6). */
  manifests: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)).nullish(),
});
export type RunReport = z.infer<typeof RunReport>;
/** What is home and verified; *sweep* pulled it from the worker first. An early one tells of the runs that were done then, and what the worker said last. */
export const VerifyReport = ReportBase.extend({
  kind: z.enum(['verify', 'sweep']),
  /** As the worker left it, and judged where it is heard. */
  word: z.unknown().optional(),
  rsync: z.object({ exitCode: z.number().int().nullish(), tries: z.number().int(), files: z.number(), bytes: z.number() }).nullish(),
  reason: z.string().nullish(),
  runs: z.array(
    z.object({
      accession: RunAccession,
      filesHash: FilesHash,
      result: z.enum(['verified', 'refused', 'missing']),
      reason: z.string().nullish(),
      path: z.string().nullish(),
      bytes: z.number().nullish(),
      /** Where it went through several stages: those that are verified, also where the run as a whole is not. */
      stages: VerifiedStages.nullish(),
    }),
  ),
});
export type VerifyReport = z.infer<typeof VerifyReport>;
export const IndexReport = ReportBase.extend({
  kind: z.literal('index'),
  reason: z.string().nullish(),
  entries: z.number().int().nullish(),
  samplesheet: z.string().nullish(),
});
export const CleanReport = ReportBase.extend({
  kind: z.literal('clean'),
  reason: z.string().nullish(),
  removed: z.array(z.string()).nullish(),
});
export const JobReport = z.discriminatedUnion('kind', [RunReport, VerifyReport, IndexReport, CleanReport, AdoptReport, RehashReport]);
export type JobReport = z.infer<typeof JobReport>;

export const CALLBACK_KINDS = ['started', 'alive', 'progress', 'finished', 'failed', 'rescued'] as const;
/** Of what workers say to the callback routes. Raised, it takes an entry of `callbacks/older-words.ts` for the workers that live. */
export const CALLBACK_VERSION = 1;
export const CallbackEnvelope = z.object({
  v: z.literal(CALLBACK_VERSION),
  jobId: JobId,
  attempt: z.number().int().positive(),
  seq: z.number().int().positive(),
  sentAt: z.string(),
  kind: z.enum(CALLBACK_KINDS),
  body: z.record(z.string(), z.unknown()),
});
export type CallbackEnvelope = z.infer<typeof CallbackEnvelope>;
export const CALLBACK_LIMIT_BYTES = 64 * 1024;
export type Order = 'run' | 'stop' | 'wait' | 'free' | 'rescue';

export const EnrolRequest = z.object({
  v: z.literal(CALLBACK_VERSION),
  jobId: JobId,
  token: z.string().min(20).max(200),
  nonce: z.string().min(16).max(200),
});
