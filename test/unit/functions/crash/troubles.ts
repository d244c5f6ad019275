/** What the reaper is there for: things that fit nowhere, one of each kind that it ends by itself. */
import type { Batch, Job, Worker } from '../../../../layers/core/entities';
import { batchIdOf, slug, workerIdOf } from '../../../../layers/core/ids';
import { job as anyJob, worker as anyWorker, batch as anyBatch } from '../../../contract/stores/samples';
import type { World } from '../life/world';

export const TROUBLED = ['study:PRJEB5', 'study:PRJEB6', 'study:PRJEB7', 'study:PRJEB8', 'study:PRJEB9', 'installation'];
const jobIdAt = (source: string, last: string): string => `${workerIdOf(batchIdOf(source, 1, 1), 1)}.${last}`;

export async function troubles(world: World): Promise<void> {
  const { stores, away, cluster, now } = world;
  const event = { entityId: 'x', sourceId: 'study:PRJEB0', at: now().toISOString(), type: 'test', actor: 'test' };
  const machineFor = (source: string, providerRef: string): void => {
    const key = `test.${jobIdAt(source, 'fetch')}`;
    away.machines.set(key, { key, providerRef, state: 'running', rawState: 'active' });
  };
  /** A worker that was admitted, of a batch that is complete since. */
  const settled = async (source: string, providerRef: string): Promise<Worker> => {
    const batch: Batch = anyBatch(source, 1);
    await stores.batches.addPlanned([batch]);
    const worker = anyWorker(batch.batchId, source, { provider: 'droplet', status: 'live', providerRef, pool: 'scheduled' });
    const caps = [{ scope: 'total', maxWorkers: 99 }];
    await stores.workers.admit({
      worker,
      caps,
      batch: { batchId: batch.batchId, from: batch.status, set: { status: 'dispatched', attempt: 1 }, event },
    });
    await stores.batches.change(batch.batchId, { from: 'dispatched', set: { status: 'complete' }, event });
    machineFor(source, providerRef);
    return worker;
  };
  const submit = async (source: string, record: Partial<Job> | undefined): Promise<void> => {
    const jobId = jobIdAt(source, 'verify-1');
    if (record !== undefined)
      await stores.jobs.add(anyJob(workerIdOf(batchIdOf(source, 1, 1), 1), source, { jobId, kind: 'verify', ...record }));
    const request = { v: 1, key: `test.${jobId}`, jobId, kind: 'verify', deadlineEpochSeconds: 0, enrolment: null } as const;
    await cluster.gate.submit({
      ...request,
      resources: { cpus: 1, memoryMb: 1, timeMinutes: 1 },
      spec: { runs: [], workerId: slug(source) },
    });
  };
  machineFor('study:PRJEB9', '901');
  const abandoned = await settled('study:PRJEB8', '902');
  await stores.jobs.add(anyJob(abandoned.workerId, abandoned.sourceId, { batchId: abandoned.batchId }));
  const gone = await settled('study:PRJEB7', '903');
  await stores.workers.change(gone.workerId, { from: 'live', set: { status: 'destroying' }, event });
  const standing = await stores.workers.get(gone.workerId);
  if (standing) await stores.workers.free(standing, 'destroying', event, { dollars: 0, day: '2026-01-01', month: '2026-01' });
  await submit('study:PRJEB6', undefined);
  await submit('study:PRJEB5', { status: 'finished', endedAt: '2025-01-01T00:00:00.000Z' });
  const [seen] = await stores.workers.counters();
  if (seen) await stores.workers.mendCounter(seen, { ...seen, workers: seen.workers + 1 }, event);
}
