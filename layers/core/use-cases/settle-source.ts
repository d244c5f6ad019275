import { FINAL_JOB_STATUSES, type Source } from '../entities';
import { ContendedError, ObjectMissingError } from '../errors';
import { indexJobIdOf, waitId } from '../ids';
import { changeSource } from './change-status';
import type { Deps } from './deps';
import { endJob } from './end-job';
import { IndexRecord, type Publication } from './index-source';
import { indexKeyOf } from './keys';
import { publicationWarnings, runStatusOf } from './publication-warnings';

export type SettleSourceDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>;
export interface SettledSource {
  readonly outcome: 'published' | 'publish-failed' | 'stale';
  readonly lastRunStatus?: Source['lastRunStatus'];
}

/**
 * Ends the publication of a source: counts, status word, its named warnings, time of the next check. An index job that failed puts the source back, and the
 * heartbeat tries again, a bounded number of times. Safe to repeat: only the publication that the source waits for changes it, once.
 */
export async function settleSource(deps: SettleSourceDeps, publication: Publication): Promise<SettledSource> {
  const { sourceId, cycle, index } = publication;
  const source = await deps.stores.sources.get(sourceId);
  if (source?.phase !== 'publishing' || source.listingCycle !== cycle || source.indexAsked !== index) return { outcome: 'stale' };
  if (!(await isWritten(deps, publication))) {
    const detail = indexJobIdOf(sourceId, cycle, index);
    const where = { listingCycle: cycle, indexAsked: index };
    const failed = await changeSource(deps, sourceId, 'publish-failed', { actor: 'settle-source', detail, where });
    return { outcome: failed.outcome === 'changed' ? 'publish-failed' : 'stale' };
  }
  const record = await deps.objects.getJson(indexKeyOf(sourceId, cycle, index), IndexRecord);
  if (!record) throw new ObjectMissingError(indexKeyOf(sourceId, cycle, index));
  const generatedWarning = publicationWarnings(source.generatedWarning, { ...record, known: source.counts.known });
  const lastRunStatus = runStatusOf({ ...source, generatedWarning });
  const checked = source.lastCheckedAt ?? deps.now().toISOString();
  const changed = await changeSource(deps, sourceId, 'published', {
    actor: 'settle-source',
    detail: `${record.complete} complete, ${record.failed} failed, ${record.open} open`,
    // The warnings that were read: a cycle that ends meanwhile changes them too.
    where: { listingCycle: cycle, indexAsked: index, version: source.version },
    set: {
      counts: { ...source.counts, complete: record.complete, failed: record.failed },
      lastRunStatus,
      generatedWarning: [...generatedWarning],
      indexDone: index,
      indexDigest: record.digest,
      nextCheckAt: new Date(Date.parse(checked) + source.recheckSeconds * 1000).toISOString(),
    },
  });
  if (changed.outcome === 'refused' && changed.by.some((by) => by === 'contended' || by === 'version')) throw new ContendedError(sourceId);
  return { outcome: 'published', lastRunStatus };
}

/** Its job finished, or there was nothing to write. A job that is still open has outlived the wait and counts as lost. */
async function isWritten(deps: Pick<Deps, 'stores' | 'machines' | 'now'>, { sourceId, cycle, index }: Publication): Promise<boolean> {
  const jobId = indexJobIdOf(sourceId, cycle, index);
  const job = await deps.stores.jobs.get(jobId);
  if (!job) return (await deps.stores.waits.get(waitId.ended(jobId)))?.fact?.['outcome'] === 'unchanged';
  if (FINAL_JOB_STATUSES.includes(job.status)) return job.status === 'finished';
  return (await endJob(deps, job, { result: 'lost', cause: 'index-timeout', actor: 'settle-source' })).job.status === 'finished';
}
