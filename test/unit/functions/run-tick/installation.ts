import { runTickHandler } from '../../../../functions/run-tick/handler';
import { memoryGate } from '../../../../layers/adapters/fakes/gate';
import { memoryMachines } from '../../../../layers/adapters/fakes/machines';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import type { Caps } from '../../../../layers/core/dispatch/eligibility';
import type { PriceList } from '../../../../layers/core/dispatch/worst-case';
import type { Batch, Source } from '../../../../layers/core/entities';
import type { Budget } from '../../../../layers/core/money/budget';
import { fetchKeyOf } from '../../../../layers/core/ids';
import type { BatchPlan, PlannedRun } from '../../../../layers/core/wire';
import { batch as anyBatch, event, source as anySource } from '../../../contract/stores/samples';

export const REVISION = '0123456789ab';
export const CAPS: Caps = {
  total: 9,
  pools: { scheduled: 9, manual: 9 },
  providers: { slurm: 9 },
  homeFreeBytesMin: 0,
  homeFactor: 1,
  cyclesAtOnce: 2,
};

export const run = (number: number, bytes = 100): PlannedRun => ({
  accession: `ERR${String(number).padStart(7, '0')}`,
  filesHash: String(number % 10).repeat(64),
  files: [{ name: `ERR${number}.fastq.gz`, url: 'http://127.0.0.1/x.fastq.gz', bytes, md5: 'a'.repeat(32) }],
  metadata: {},
});
export const keyOf = (of: PlannedRun): string => fetchKeyOf(of.accession, of.filesHash, 'fetch', REVISION);

/** An installation in memory that beats when it is told to. */
export function installation(
  caps: Partial<Caps> = {},
  rateOf: PriceList = () => ({ dollarsPerHour: 0, egressDollarsPerGib: 0 }),
  budget: Budget = { timeZone: 'UTC' },
) {
  const [stores, machines, objects, gate] = [memoryStores(), memoryMachines(), memoryObjects(), memoryGate()];
  let now = new Date('2026-11-21T08:30:00.000Z');
  const tick = runTickHandler({
    stores,
    machines,
    objects,
    gate,
    caps: { ...CAPS, ...caps },
    budget,
    settings: { startDeadlineSeconds: 600 },
    prices: async () => rateOf,
    now: () => now,
  });
  let beats = 0;
  return {
    stores,
    machines,
    objects,
    gate,
    tick: (id = `tick-${(beats += 1)}`, again = 0) => tick({ id, again }),
    pass: (seconds: number) => {
      now = new Date(now.getTime() + seconds * 1000);
    },
    addSource: (sourceId: string, with_: Partial<Source> = {}) =>
      stores.sources.add(anySource(sourceId, { nextCheckAt: '2027-01-01T00:00:00.000Z', ...with_ }), event(sourceId, 'added')),
    /** A planned batch with its plan in the bucket. */
    addBatch: async (sourceId: string, index: number, runs: readonly PlannedRun[], with_: Partial<Batch> = {}) => {
      const bytes = runs.flatMap(({ files }) => files).reduce((sum, file) => sum + file.bytes, 0);
      const batch = anyBatch(sourceId, index, { runCount: runs.length, bytes, revision: REVISION, ...with_ });
      const planKey = `plans/${batch.batchId}.json`;
      const stage = {
        name: 'fetch',
        pipeline: 'fetch',
        revision: REVISION,
        parameters: {},
        resources: { cpus: 1, memoryMb: 100, timeMinutes: 10 },
      };
      const plan: BatchPlan = {
        ...{ v: 1, batchId: batch.batchId, sourceId, cycle: batch.cycle, stages: [stage], parents: [], inputs: [] },
        ...{ pool: batch.pool, priority: batch.priority, providers: batch.providers, runs: [...runs], bytes },
      };
      await objects.putJson(planKey, plan);
      await stores.batches.addPlanned([{ ...batch, planKey }]);
      return batch.batchId;
    },
    /** The list of included runs that comparing leaves behind, here with one run that is nobody's business. */
    noIncluded: (sourceId: string) =>
      objects.putJson(`sources/${sourceId.replace(':', '-')}/1/included.jsonl`, {
        ...{ accession: 'ERR0000099', filesHash: 'a'.repeat(64), fetchKey: 'k', files: [], metadata: {}, state: 'complete' },
      }),
    started: (machine: string) => machines.started.filter((each) => each.machine === machine).map(({ name }) => name),
  };
}
