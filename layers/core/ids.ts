import { z } from 'zod';

/** `taxon:562` or `study:PRJEB28810`. Only primary study accessions; a secondary one is resolved before the id is formed. */
export const SourceId = z.string().regex(/^(taxon:[1-9]\d{0,9}|study:PRJ[EDN][A-Z]\d{1,12})$/);
export type SourceId = z.infer<typeof SourceId>;
/** Whether cycles may run under this id. A study that was asked for by a secondary accession which ENA does not know has none yet. */
export const isIdentity = (sourceId: string): boolean => SourceId.safeParse(sourceId).success;

/** `<slug>.<cycle>.<index>`, both numbers from 1: `study-PRJEB28810.1.3`. */
export const BatchId = z.string().regex(/^(taxon-[1-9]\d*|study-[A-Z0-9]+)\.[1-9]\d*\.[1-9]\d*$/);
/** `<batch>.a<attempt>`. */
export const WorkerId = z.string().regex(/^(taxon-[1-9]\d*|study-[A-Z0-9]+)\.[1-9]\d*\.[1-9]\d*\.a[1-9]\d*$/);
/** `<worker>.<stage>`, `<worker>.verify-<n>` (sweep-, early-), `<worker>.clean`, `<slug>.<cycle>.index-<n>` or `<slug>.<cycle>.<time>-<suffix>.adopt-<n>` (rehash-<n>). */
export const JobId = z
  .string()
  .max(120)
  .regex(
    /^(taxon-[1-9]\d*|study-[A-Z0-9]+)\.[1-9]\d*\.([1-9]\d*\.a[1-9]\d*\.[a-z][a-z0-9-]*|index-[1-9]\d*|\d{17}-[0-9a-z]{1,12}\.(adopt|rehash)-[1-9]\d*)$/,
  );
export const RunAccession = z.string().regex(/^[EDS]RR\d{5,12}$/);
/** Lower-case hex sha256 over the sorted (name, bytes, md5) of the files used. */
export const FilesHash = z.string().regex(/^[0-9a-f]{64}$/);

/** Reversible form of a source id that is legal in execution names, job names, paths and keys. */
export const slug = (sourceId: string): string => sourceId.replace(':', '-');
export const sourceIdOfSlug = (text: string): string => text.replace('-', ':');

export const batchIdOf = (sourceId: string, cycle: number, index: number): string => `${slug(sourceId)}.${cycle}.${index}`;
/** One worker is one attempt. */
export const workerIdOf = (batchId: string, attempt: number): string => `${batchId}.a${attempt}`;
export const jobIdOf = (workerId: string, stageOrKind: string): string => `${workerId}.${stageOrKind}`;
/** Sweep number `early` of a worker that still works. */
export const earlyJobIdOf = (workerId: string, early: number): string => jobIdOf(workerId, `early-${early}`);
export const isEarlyJob = ({ kind, jobId }: { readonly kind: string; readonly jobId: string }): boolean =>
  kind === 'sweep' && /\.early-[1-9]\d*$/.test(jobId);
/** A job that serves a worker, a source or the installation without being a worker's own, by its id or key. */
export const isServiceJob = (idOrKey: string): boolean => /\.((verify|sweep|early|index|adopt|rehash)-\d+|clean)$/.test(idOrKey);
export const indexJobIdOf = (sourceId: string, cycle: number, index: number): string => `${slug(sourceId)}.${cycle}.index-${index}`;
/** Job number `step` of an operation on what is at home; time and suffix are the operation's. */
export const tendJobIdOf = (sourceId: string, cycle: number, operationId: string, kind: 'adopt' | 'rehash', step: number): string =>
  `${slug(sourceId)}.${cycle}.${operationId.slice(0, 18).replace('T', '')}-${operationId.slice(operationId.lastIndexOf('-') + 1)}.${kind}-${step}`;
/** Key of a job at Slurm: unique in the cluster, carries the installation. */
export const jobKeyOf = (installation: string, jobId: string): string => `${installation}.${jobId}`;

/** What the attempt's key is derived from: the job id without its last part. */
export const keyScopeOf = (jobId: string): string => jobId.slice(0, jobId.lastIndexOf('.'));
export const batchIdOfWorker = (workerId: string): string => workerId.slice(0, workerId.lastIndexOf('.a'));

/** Key of what is claimed, fetched once and kept for good: one run with these files through this revision of a stage. */
export const fetchKeyOf = (accession: string, filesHash: string, stage: string, revision: string): string =>
  `${accession}#${filesHash}#${stage}@${revision}`;

export const waitId = {
  started: (jobId: string): string => `${jobId}/started`,
  ended: (jobId: string): string => `${jobId}/ended`,
  swept: (workerId: string): string => `${workerId}/swept`,
} as const;

interface StagedWork {
  readonly stage: string;
  readonly revision: string;
  readonly earlierStages?: readonly { readonly name: string; readonly revision: string }[] | undefined;
}
/** Name and revision of every stage of a batch, in their order. */
export const stagesOfWork = ({
  stage,
  revision,
  earlierStages = [],
}: StagedWork): readonly { readonly name: string; readonly revision: string }[] => [...earlierStages, { name: stage, revision }];
