import { slug } from '../ids';

/** Where the life of a batch keeps its documents: in the bucket (docs/notes/first-catch.md section 7) and on the cluster (section 5). */
export const manifestKeyOf = (workerId: string): string => `attempts/${workerId}/manifest.json`;
/** The job as its worker is to do it, for workers that fetch it from the bucket. */
export const documentKeyOf = (workerId: string): string => `attempts/${workerId}/spec.json`;
export const reportKeyOf = (jobId: string): string => `reports/${jobId}.json`;
export const indexKeyOf = (sourceId: string, cycle: number, index: number): string => `index/${slug(sourceId)}/${cycle}/${index}.json`;
/** What a held worker put into the bucket; `path` is relative to the worker's staging: `<stage>/<accession>/<name>`. */
export const rescuedKeyOf = (workerId: string, path: string): string => `rescued/${workerId}/${path}`;
/** What a site put into the bucket, until it is home; `path` as for `rescuedKeyOf`. */
export const broughtKeyOf = (workerId: string, path: string): string => `brought/${workerId}/${path}`;
/** Relative to the root on the cluster. */
export const stagingOf = (workerId: string, stage: string): string => `staging/${workerId}/${stage}`;
