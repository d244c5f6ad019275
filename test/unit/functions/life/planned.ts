/** A source with its plan, as the table and the bucket hold them when work on it begins. */
import type { Batch, Source } from '../../../../layers/core/entities';
import { batchIdOf, fetchKeyOf } from '../../../../layers/core/ids';
import { planLegs } from '../../../../layers/core/planning/plan-children';
import type { BatchPlan, PlannedRun, Stage } from '../../../../layers/core/wire';
import { legsOf } from '../../../../layers/core/workflows/legs';
import type { Stages } from '../../../../layers/core/workflows/stages-of';
import { lastOf } from '../../../../layers/core/workflows/take-workflow';

export const STAGE: Stage = {
  name: 'fetch',
  pipeline: 'fetch',
  revision: 'a'.repeat(12),
  parameters: {},
  resources: { cpus: 1, memoryMb: 256, timeMinutes: 10 },
};
export const runOf = (number: number): PlannedRun => ({
  accession: `ERR00000${number}`,
  filesHash: String(number).repeat(64).slice(0, 64),
  files: [{ name: `${number}.fastq.gz`, url: 'https://ena.example/x', bytes: 100, md5: 'b'.repeat(32) }],
  metadata: {},
});
export const keyOf = (run: PlannedRun, { name, revision }: Pick<Stage, 'name' | 'revision'> = STAGE): string =>
  fetchKeyOf(run.accession, run.filesHash, name, revision);

export const START = '2026-01-01T00:00:00.000Z';
export const sourceOf = (sourceId: string, plannedBatches: number): Source => ({
  sourceId,
  includeSubtree: false,
  priority: 3,
  workflow: 'fetch',
  recheckSeconds: 600,
  limits: { runs: 100, bytes: 1e9, dollars: 1 },
  paused: false,
  lastRunStatus: 'in progress',
  phase: 'running',
  cycle: 1,
  cycleRunning: false,
  checkRequested: false,
  pool: 'scheduled',
  lastCheckedAt: START,
  nextCheckAt: START,
  listingCycle: 1,
  plannedBatches,
  approval: 'none',
  counts: { known: 9, excluded: 1, withdrawn: 0, complete: 0, failed: 0 },
  indexAsked: 0,
  indexDone: 0,
  generatedWarning: [],
  createdAt: START,
  version: 0,
});
export const batchOf = (sourceId: string, index: number, runs: readonly PlannedRun[], stages: Stages): Batch => ({
  batchId: batchIdOf(sourceId, 1, index),
  sourceId,
  cycle: 1,
  index,
  planKey: `plans/${batchIdOf(sourceId, 1, index)}.json`,
  stage: lastOf(stages).name,
  revision: lastOf(stages).revision,
  ...(stages.length > 1 && { earlierStages: stages.slice(0, -1).map(({ name, revision }) => ({ name, revision })) }),
  pool: 'scheduled',
  priority: 0,
  providers: ['slurm'],
  runCount: runs.length,
  bytes: 100 * runs.length,
  status: 'planned',
  attempt: 0,
  attemptLimit: 3,
  linkedRuns: [],
  completeRuns: 0,
  failedRuns: 0,
  cancelRequested: false,
  attempts: [],
  createdAt: START,
});

interface Laid {
  readonly batch: Batch;
  readonly plan: BatchPlan;
}

/** The batches of a plan with their documents: those that bring the files, then the child batches of later legs. */
export function laidPlan(
  sourceId: string,
  batches: readonly (readonly PlannedRun[])[],
  stages: Stages,
  providers: readonly string[],
): readonly Laid[] {
  const runOfAccession = new Map(batches.flat().map((run) => [run.accession, run]));
  const sized = batches.map((runs) => ({
    runs: runs.map(({ accession }) => ({ accession, bytes: 100, line: 0 })),
    bytes: 100 * runs.length,
    load: 1,
  }));
  return planLegs(legsOf(stages, {}, providers), sized).flatMap(({ leg, firstIndex, batches: planned, parents }) =>
    planned.map(({ runs: of }, at): Laid => {
      const runs = of.flatMap(({ accession }) => runOfAccession.get(accession) ?? []);
      const mine = (parents[at] ?? []).map((parent) => batchIdOf(sourceId, 1, parent));
      const places = { providers: [...leg.providers], ...(mine.length > 0 && { parents: mine }) };
      const batch = { ...batchOf(sourceId, firstIndex + at, runs, leg.stages), ...places };
      const inputs = leg.inputs.map(({ name, revision }) => `${name}@${revision}`);
      const fields = { batchId: batch.batchId, sourceId, cycle: 1, pool: 'scheduled', priority: 0, bytes: batch.bytes, runs };
      return { batch, plan: { v: 1, ...fields, stages: [...leg.stages], parents: mine, inputs, providers: places.providers } };
    }),
  );
}
