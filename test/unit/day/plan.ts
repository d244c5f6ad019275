/** What there is to do on that day: eight studies, each with a plan of batches. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { sourceKeys } from '../../../layers/core/discovery/keys';
import type { Batch, Source } from '../../../layers/core/entities';
import { batchIdOf, fetchKeyOf, keyScopeOf } from '../../../layers/core/ids';
import type { ObjectStore } from '../../../layers/core/ports/outside';
import type { Stores } from '../../../layers/core/ports/stores';
import { PlannedRun, type Stage } from '../../../layers/core/wire';
import { documentKeyOf } from '../../../layers/core/use-cases/keys';
import { writeLines } from '../functions/life/lines';
import type { Luck } from './luck';

export const STAGE: Stage = {
  ...{ name: 'fetch', pipeline: 'fetch', revision: 'a'.repeat(12), parameters: {} },
  resources: { cpus: 4, memoryMb: 8192, timeMinutes: 60 },
};
export const contentOf = (accession: string): Buffer => Buffer.alloc(100, accession);
const md5Of = (content: Buffer): string => createHash('md5').update(content).digest('hex');
const runOf = (number: number): PlannedRun => {
  const accession = `ERR${String(number).padStart(7, '0')}`;
  const file = { name: `${accession}.fastq.gz`, url: 'https://ena.example/x', bytes: 100, md5: md5Of(contentOf(accession)) };
  return { accession, filesHash: createHash('sha256').update(accession).digest('hex'), files: [file], metadata: {} };
};
export const keyOf = ({ accession, filesHash }: Pick<PlannedRun, 'accession' | 'filesHash'>): string =>
  fetchKeyOf(accession, filesHash, STAGE.name, STAGE.revision);

const sourceOf = (sourceId: string, at: string, plannedBatches: number): Source => ({
  ...{ sourceId, includeSubtree: false, priority: 3, workflow: 'fetch', recheckSeconds: 90 * 86_400 },
  ...{ limits: { runs: 1e6, bytes: 1e12, dollars: 1e6 }, paused: false, lastRunStatus: 'in progress', phase: 'running', cycle: 1 },
  ...{ cycleRunning: false, checkRequested: false, pool: 'scheduled', lastCheckedAt: at, nextCheckAt: '2027-01-01T00:00:00.000Z' },
  ...{ listingCycle: 1, plannedBatches, approval: 'none', indexAsked: 0, indexDone: 0, generatedWarning: [], createdAt: at, version: 0 },
  counts: { known: 9, excluded: 0, withdrawn: 0, complete: 0, failed: 0 },
});

/** All that was ever planned. */
export interface Planned {
  readonly sources: string[];
  readonly batches: string[];
  readonly runs: PlannedRun[];
}

/** One more source, whose cycle has just stored its plan of so many batches: of every ten, seven may go to droplets alone, two to the cluster alone, one to either. */
export async function planSource(
  { stores, objects }: { readonly stores: Stores; readonly objects: ObjectStore },
  planned: Planned,
  at: string,
  count: number,
  luck: Luck,
): Promise<void> {
  const { sources, batches, runs } = planned;
  const sourceId = `study:PRJEB${sources.length + 1}`;
  const lines: object[] = [];
  for (let index = 1; index <= count; index += 1) {
    const own = Array.from({ length: 1 + Math.floor(luck.between(0, 2)) }, (_, place) => runOf(runs.length + place + 1));
    runs.push(...own);
    const batch = batchOf(sourceId, index, own.length, at);
    const { batchId, pool, priority, providers, bytes } = batch;
    const common = { v: 1, batchId, sourceId, cycle: 1, stages: [STAGE], parents: [], inputs: [] };
    await objects.putJson(batch.planKey, { ...common, pool, priority, providers, runs: own, bytes });
    await stores.batches.addPlanned([batch]);
    batches.push(batchId);
    lines.push(...own.map((run) => ({ ...run, fetchKey: keyOf(run), state: 'due' })));
  }
  await writeLines(objects, sourceKeys(sourceId, 1).included, lines);
  sources.push(sourceId);
  const event = { entityId: sourceId, sourceId, at, type: 'source-added', actor: 'test' };
  await stores.sources.add(sourceOf(sourceId, at, count), event);
}

function batchOf(sourceId: string, index: number, runCount: number, at: string): Batch {
  const batchId = batchIdOf(sourceId, 1, index);
  const providers = index % 10 < 7 ? ['droplet'] : index % 10 < 9 ? ['slurm'] : ['slurm', 'droplet'];
  return {
    ...{ batchId, sourceId, cycle: 1, index, planKey: `plans/${batchId}.json`, stage: STAGE.name, revision: STAGE.revision },
    ...{ pool: index % 4 === 0 ? 'manual' : 'scheduled', priority: 0, providers, runCount, bytes: 100 * runCount, status: 'planned' },
    ...{ attempt: 0, attemptLimit: 3, linkedRuns: [], completeRuns: 0, failedRuns: 0, cancelRequested: false, attempts: [], createdAt: at },
  };
}

const Document = z.object({ spec: z.object({ runs: z.array(PlannedRun) }) });
/** The runs of a job, as its worker reads them where it is sent for its document. */
export async function documentRuns(objects: Pick<ObjectStore, 'getJson'>, jobId: string): Promise<readonly PlannedRun[]> {
  return (await objects.getJson(documentKeyOf(keyScopeOf(jobId)), Document))?.spec.runs ?? [];
}
