/** Reports of the two kinds of job that tend what is at home. Documented in slurm/README.md. */
import { z } from 'zod';
import { FilesHash, RunAccession } from './ids';
import { ReportBase } from './report-base';

const Failure = { reason: z.string().nullish(), detail: z.string().nullish() };

export const ADOPT_RESULTS = ['adopted', 'would-adopt', 'md5-differs', 'size-differs', 'incomplete', 'refused'] as const;
export const AdoptedRun = z.object({
  accession: RunAccession,
  filesHash: FilesHash,
  result: z.enum(ADOPT_RESULTS),
  /** clone, hard-link, copy, in-place, or *there*: it was published already. */
  how: z.string().nullish(),
  ...Failure,
  path: z.string().nullish(),
  bytes: z.number().int(),
});
export type AdoptedRun = z.infer<typeof AdoptedRun>;
export const AdoptReport = ReportBase.extend({
  kind: z.literal('adopt'),
  ...Failure,
  runs: z.array(AdoptedRun),
  /** What was seen on the way: files, directories, strangeNames, linksOutside, brokenLinks, unreadable. */
  found: z.record(z.string(), z.number()).nullish(),
  /** Files of ENA's form that were not asked for; `shown` is cut at some thousand of `runs`. */
  others: z.object({ runs: z.number().int(), shown: z.array(z.object({ accession: z.string(), names: z.array(z.string()) })) }).nullish(),
});
export type AdoptReport = z.infer<typeof AdoptReport>;

const Fault = z.object({
  /** Absent: the whole directory. */
  name: z.string().nullish(),
  /** md5, size, missing, not-a-file, unreadable, record; input: it was made from what is damaged. */
  fault: z.string(),
  expected: z.string().nullish(),
  found: z.string().nullish(),
});
export const DamagedRun = z.object({
  accession: RunAccession,
  filesHash: FilesHash,
  stage: z.string(),
  revision: z.string(),
  /** *aside*: nothing stands at its place any more, so that it may be fetched again. */
  result: z.enum(['damaged', 'missing', 'aside']),
  path: z.string(),
  movedTo: z.string().nullish(),
  faults: z.array(Fault),
});
export type DamagedRun = z.infer<typeof DamagedRun>;
export const RehashReport = ReportBase.extend({
  kind: z.literal('rehash'),
  ...Failure,
  /** Only what is not whole. */
  runs: z.array(DamagedRun),
  checked: z.number().int().nullish(),
  bytes: z.number().int().nullish(),
  /** Runs that are still to be looked at. */
  left: z.number().int().nullish(),
});
export type RehashReport = z.infer<typeof RehashReport>;
