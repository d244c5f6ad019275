import { slug } from '../ids';

/** Where discovery keeps its documents in the bucket. A cycle writes only under its own number, so running it twice rewrites the same keys. */
export const listingKeys = (sourceId: string, cycle: number) =>
  ({
    raw: `listings/${slug(sourceId)}/${cycle}/raw.tsv.gz`,
    listing: `listings/${slug(sourceId)}/${cycle}/listing.parquet`,
    evidence: `listings/${slug(sourceId)}/${cycle}/evidence.json`,
    validation: `listings/${slug(sourceId)}/${cycle}/validation.json`,
    /** Of a listing that needs more than one call. */
    progress: `listings/${slug(sourceId)}/${cycle}/progress.json`,
  }) as const;

/** A window of a listing, by its number from 1. */
export const windowKeys = (sourceId: string, cycle: number, number: number) =>
  ({
    raw: `listings/${slug(sourceId)}/${cycle}/windows/${number}.tsv.gz`,
    listing: `listings/${slug(sourceId)}/${cycle}/windows/${number}.parquet`,
  }) as const;

export const sourceKeys = (sourceId: string, cycle: number) =>
  ({
    runs: `sources/${slug(sourceId)}/${cycle}/runs.parquet`,
    included: `sources/${slug(sourceId)}/${cycle}/included.jsonl`,
    due: `sources/${slug(sourceId)}/${cycle}/due.jsonl`,
    summary: `sources/${slug(sourceId)}/${cycle}/summary.json`,
  }) as const;

/** What the plan of a cycle is cut by. */
export const basisKey = (sourceId: string, cycle: number): string => `plans/${slug(sourceId)}.${cycle}.basis.json`;
export const planKey = (batchId: string): string => `plans/${batchId}.json`;
