import { createHash } from 'node:crypto';
import { z } from 'zod';
import { indexJobIdOf, slug, waitId } from '../ids';
import { RecordMissingError } from '../errors';
import type { Deps } from './deps';
import { countSource, type IndexEntry } from './included-runs';
import { indexKeyOf } from './keys';
import { prepareJob, type JobSettings } from './prepare-job';
import { enterWait, recordFact } from './record-fact';
import { submitJob } from './submit-job';
import { smallJob, type DataMoving } from './verify-results';

/** `index/<slug>/<cycle>/<n>.json`: what was counted, for SettleSource. */
export const IndexRecord = z.object({
  v: z.literal(1),
  complete: z.number().int(),
  failed: z.number().int(),
  open: z.number().int(),
  digest: z.string(),
  /** Verified runs by a word that a stage said about them. */
  verdicts: z.record(z.string(), z.number().int()).default({}),
});
export type IndexRecord = z.infer<typeof IndexRecord>;

export interface Publication {
  readonly sourceId: string;
  readonly cycle: number;
  readonly index: number;
}
/** An index job writes links and two tables: minutes even for 10^5 runs; the rest is the queue. */
export const INDEX_DEADLINE_SECONDS = 3600;
const INDEX_MINUTES = 30;

/** Digest of what an index job would write: equal digests, equal files. Entries come sorted. */
export const digestOf = (entries: readonly IndexEntry[]): string =>
  entries
    .reduce(
      (hash, { accession, filesHash, stage, revision }) => hash.update(`${accession}#${filesHash}#${stage}@${revision}\n`),
      createHash('sha256'),
    )
    .digest('hex');

export type IndexDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'gate' | 'secrets' | 'now' | 'installation'> & {
  readonly settings: JobSettings;
  readonly moving: DataMoving;
};

/**
 * Counts a source's included runs and has its samplesheet and links written by an index job; where nothing changed since the last one,
 * or there is nothing to write yet, the wait is settled at once with *unchanged*. Safe to repeat: the record is rewritten with the same
 * counts, the job is found by its key.
 */
export async function indexSource(deps: IndexDeps, publication: Publication, token: string): Promise<{ readonly outcome: string }> {
  const { sourceId, cycle, index } = publication;
  const source = await deps.stores.sources.get(sourceId);
  if (!source) throw new RecordMissingError('source', sourceId);
  const jobId = indexJobIdOf(sourceId, cycle, index);
  await enterWait(deps, waitId.ended(jobId), token);
  const { entries, failed, open, verdicts } = await countSource(deps, sourceId, cycle);
  const digest = digestOf(entries);
  const record: IndexRecord = { v: 1, complete: entries.length, failed, open, digest, verdicts };
  await deps.objects.putJson(indexKeyOf(sourceId, cycle, index), record);
  if (digest === source.indexDigest || (entries.length === 0 && source.indexDigest === undefined)) {
    await recordFact(deps, waitId.ended(jobId), { outcome: 'unchanged' });
    return { outcome: 'unchanged' };
  }
  const deadline = new Date(deps.now().getTime() + INDEX_DEADLINE_SECONDS * 1000).toISOString();
  const prepared = await prepareJob(deps, { jobId, kind: 'index', sourceId, attempt: index, deadline, enrolmentExpiresAt: deadline });
  return submitJob(deps, prepared, {
    kind: 'index',
    resources: { ...smallJob(deps.moving), timeMinutes: INDEX_MINUTES },
    spec: { slug: slug(sourceId), sourceId, entries },
  });
}
