import { temporaryWorkspace } from '../../../../layers/adapters/duckdb/workspace';
import type { BatchSetting } from '../../../../layers/core/settings';
import { basisOf } from '../../../../layers/core/planning/plan-basis';
import { ASSUMED_PACE } from '../../../../layers/core/planning/pace';
import { batchItems, putPlans } from '../../../../layers/core/planning/plan-documents';
import { BatchPlan, type PlannedRun } from '../../../../layers/core/wire';
import { aSource, aStage } from '../discovery/factories';

const stage = aStage();
const batch: BatchSetting = { maxRuns: 1_000, maxBytes: 1_000_000_000, maxMinutes: 60, workerDiskGb: {} };
const runOf = (number: number): PlannedRun => ({
  accession: `ERR${1_000_000 + number}`,
  filesHash: number.toString(16).padStart(64, '0'),
  files: [{ name: `ERR${number}.fastq.gz`, bytes: 1, md5: 'a'.repeat(32), url: 'https://ena.example/file' }],
  metadata: {},
});

const planningOf = () => ({
  withWorkspace: temporaryWorkspace,
  now: () => new Date(0),
  source: aSource({ cycle: 1 }),
  cycle: 1,
  basis: basisOf(batch, stage, ['slurm'], [{ provider: 'slurm', pace: ASSUMED_PACE, learnedFrom: 0 }]),
  disks: {},
});

/**
 * So many runs in batches of a thousand, each holding every n-th of them; what was stored, and how often the due runs were read.
 * @param read what is there of the due runs when they are read
 */
async function put(count: number, read = (runs: readonly PlannedRun[]): readonly PlannedRun[] => runs) {
  const batches = Math.ceil(count / 1_000);
  const runs = Array.from({ length: count }, (_, at) => runOf(at));
  const planned = Array.from({ length: batches }, (_, at) => ({
    runs: runs.flatMap(({ accession }, line) => (line % batches === at ? [{ accession, bytes: 1, line }] : [])),
    bytes: 1,
    load: 1,
  }));
  const plans: BatchPlan[] = [];
  let reads = 0;
  const planning = {
    objects: {
      putJson: async (_key: string, plan: unknown) => void plans.push(BatchPlan.parse(plan)),
      readLines: async function* () {
        reads += 1;
        for (const run of read(runs)) yield JSON.stringify(run);
      },
    },
    ...planningOf(),
  };
  const leg = { stages: [stage] as const, providers: ['slurm'], isJoin: false, inputs: [] };
  await putPlans(planning, { leg, firstIndex: 1, batches: planned, parents: planned.map(() => []) });
  return { plans, planned, reads, runs };
}

it.each([0, 3_000, 41_500])('stores each run once, in its own batch, and reads the due runs once (%d runs)', async (count) => {
  const { plans, planned, reads, runs } = await put(count);
  expect(reads).toBeLessThanOrEqual(1);
  expect(plans.map((plan) => plan.runs.map(({ accession }) => accession))).toEqual(
    planned.map((each) => each.runs.map(({ accession }) => accession)),
  );
  expect(plans.flatMap((plan) => plan.runs).sort((a, b) => a.accession.localeCompare(b.accession))).toEqual(runs);
});

it('stores no batch that lacks a run, where the due runs are others than those that were planned', async () => {
  await expect(put(20_500, (runs) => runs.toReversed())).rejects.toThrow('the due runs changed');
  await expect(put(3_000, (runs) => runs.slice(1))).rejects.toThrow('the due runs changed');
});

it('says of a batch whether a stage of it has its tasks as jobs of the cluster', () => {
  const objects = { putJson: async () => undefined, readLines: async function* () {} };
  const planned = [{ runs: [{ accession: 'ERR1000001', bytes: 1, line: 0 }], bytes: 1, load: 1 }];
  const items = [aStage(), aStage({ tasks: 'cluster' })].map((last) => {
    const leg = { stages: [stage, last] as const, providers: ['slurm'], isJoin: false, inputs: [] };
    return batchItems({ ...planningOf(), objects }, { leg, firstIndex: 1, batches: planned, parents: [[]] });
  });
  expect(items.map(([item]) => item?.hasTasks)).toEqual([undefined, true]);
});
