import type { Batch, Job, Worker } from '../../../layers/core/entities';
import type { MemoryApi } from '../../unit/functions/serve-api/api';
import { batch, event, job, source, worker } from '../stores/samples';

const AT = '2026-11-21T09:30:00.000Z';
const SOON = '2026-11-21T15:40:00.000Z';
const CICHLIDS = 'study:PRJEB28810';
const HELD = 'study:PRJEB1787';
const counts = (known: number, complete: number, failed = 0, excluded = 0) => ({ known, excluded, withdrawn: 0, complete, failed });

const SOURCES = [
  source(CICHLIDS, {
    name: 'Lake Malawi cichlids',
    lastRunStatus: 'in progress',
    ...{ phase: 'running', cycle: 1, listingCycle: 1, lastCheckedAt: AT, nextCheckAt: SOON },
    counts: counts(48, 31, 0, 2),
  }),
  source('taxon:562', {
    name: 'Escherichia coli',
    lastRunStatus: 'warning',
    ...{ lastCheckedAt: AT, nextCheckAt: SOON, counts: counts(1_204, 1_190, 12) },
    generatedWarning: [{ code: 'runs-failed', detail: '12 runs failed three times' }],
    approval: 'waiting',
    approvalReason: '1204 runs are more than the limit of 1000',
  }),
  source('taxon:9031', { name: 'Gallus gallus', lastRunStatus: 'complete', lastCheckedAt: AT, nextCheckAt: SOON, counts: counts(12, 12) }),
  source('taxon:3847', { nextCheckAt: '2026-11-21T09:59:00.000Z' }),
  source(HELD, {
    lastRunStatus: 'error',
    ...{ lastCheckedAt: AT, nextCheckAt: SOON, counts: counts(8, 5) },
    needsAttention: {
      reason: 'results-held',
      detail: 'study-PRJEB1787.1.1.a1: host-key-changed, and the address is known by another key since 09:20',
      step: 'settle-sweep',
      at: AT,
    },
  }),
];

interface Work {
  readonly sourceId: string;
  readonly index: number;
  readonly batch?: Partial<Batch>;
  readonly worker?: Partial<Worker>;
  readonly job?: Partial<Job>;
}
const DROPLET = { provider: 'droplet', dollarsPerHour: 0.01786, reservedDollars: 0.5 };
const bytes = 48_000_000_000;
const WORK: readonly Work[] = [
  {
    ...{ sourceId: CICHLIDS, index: 1, batch: { bytes, runCount: 8 } },
    job: { progress: { runsTotal: 8, runsDone: 5, runsFailed: 1, bytes: 31_200_000_000 } },
  },
  {
    ...{ sourceId: CICHLIDS, index: 2, batch: { bytes, runCount: 6 } },
    worker: { ...DROPLET, requestedAt: '2026-11-21T09:12:00.000Z' },
    job: { progress: { runsTotal: 6, runsDone: 2, runsFailed: 0, bytes: 12_900_000_000 } },
  },
  { sourceId: CICHLIDS, index: 3, batch: { bytes, runCount: 3, status: 'dispatched' }, worker: { status: 'requested', requestedAt: AT } },
  { sourceId: HELD, index: 1, batch: { status: 'partial' }, worker: { ...DROPLET, status: 'held' } },
];

async function putToWork({ stores }: MemoryApi, { sourceId, index, ...with_ }: Work): Promise<void> {
  const { status, ...planned } = with_.batch ?? {};
  const { batchId } = batch(sourceId, index);
  await stores.batches.addPlanned([batch(sourceId, index, planned)]);
  const item = worker(batchId, sourceId, { status: 'live', deadline: SOON, ...with_.worker });
  const set = { status: status ?? ('running' as const), attempt: 1 };
  await stores.workers.admit({ worker: item, batch: { batchId, from: 'planned', set, event: event(sourceId, 'admit') }, caps: [] });
  await stores.jobs.add(job(item.workerId, sourceId, { status: 'started', ...with_.job }));
}

/** A worker that is gone since this morning. */
async function spend(api: MemoryApi): Promise<void> {
  await putToWork(api, { sourceId: 'taxon:9031', index: 1, batch: { status: 'complete' }, worker: DROPLET });
  const gone = (await api.stores.workers.get('taxon-9031.1.1.a1'))!;
  await api.stores.workers.free(gone, 'live', event(gone.sourceId, 'gone', AT), { day: '2026-11-21', month: '2026-11', dollars: 4.25 });
}

/** A laboratory on a busy day: something of everything that the page shows. */
export async function fillLaboratory(api: MemoryApi): Promise<void> {
  for (const each of SOURCES) await api.stores.sources.add(each, event(each.sourceId, 'source-added'));
  for (const each of WORK) await putToWork(api, each);
  await api.stores.batches.addPlanned([batch(CICHLIDS, 4, { bytes, runCount: 7 })]);
  await spend(api);
}
