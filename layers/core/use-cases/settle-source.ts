import { FINAL_JOB_STATUSES, type Source } from '../entities';
import { ContendedError, ObjectMissingError } from '../errors';
import { indexJobIdOf, waitId } from '../ids';
import { changeSource } from './change-status';
import type { Deps } from './deps';
import { endJob } from './end-job';
import { IndexRecord, type Publication } from './index-source';
import { indexKeyOf } from './keys';

export type SettleSourceDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>;
export interface SettledSource {
  readonly outcome: 'published' | 'publish-failed' | 'stale';
  readonly lastRunStatus?: Source['lastRunStatus'];
}

/** The public word for a source; pure. Attention outranks everything; what is still open is due at the next check and worth a warning. */
export function runStatusOf(source: Pick<Source, 'needsAttention' | 'generatedWarning'>, record: IndexRecord): Source['lastRunStatus'] {
  if (source.needsAttention) return 'error';
  return record.failed > 0 || record.open > 0 || source.generatedWarning.length > 0 ? 'warning' : 'complete';
}

/**
 * Ends the publication of a source: counts, status word, time of the next check. An index job that failed puts the source back, and the
 * heartbeat tries again, a bounded number of times. Safe to repeat: only the publication that the source waits for changes it, once.
 */
export async function settleSource(deps: SettleSourceDeps, publication: Publication): Promise<SettledSource> {
  const { sourceId, cycle, index } = publication;
  const source = await deps.stores.sources.get(sourceId);
  if (source?.phase !== 'publishing' || source.listingCycle !== cycle || source.indexAsked !== index) return { outcome: 'stale' };
  if (!(await isWritten(deps, publication))) {
    await changeSource(deps, sourceId, 'publish-failed', { actor: 'settle-source', detail: indexJobIdOf(sourceId, cycle, index) });
    return { outcome: 'publish-failed' };
  }
  const record = await deps.objects.getJson(indexKeyOf(sourceId, cycle, index), IndexRecord);
  if (!record) throw new ObjectMissingError(indexKeyOf(sourceId, cycle, index));
  const lastRunStatus = runStatusOf(source, record);
  const checked = source.lastCheckedAt ?? deps.now().toISOString();
  const changed = await changeSource(deps, sourceId, 'published', {
    actor: 'settle-source',
    detail: `${record.complete} complete, ${record.failed} failed, ${record.open} open`,
    where: { listingCycle: cycle, indexAsked: index },
    set: {
      counts: { ...source.counts, complete: record.complete, failed: record.failed },
      lastRunStatus,
      indexDone: index,
      indexDigest: record.digest,
      nextCheckAt: new Date(Date.parse(checked) + source.recheckSeconds * 1000).toISOString(),
    },
  });
  if (changed.outcome === 'refused' && changed.by.includes('contended')) throw new ContendedError(sourceId);
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
