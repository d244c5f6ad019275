/** The documents and items of a plan's batches. */
import type { Batch, Source } from '../entities';
import { sourceKeys, planKey } from '../discovery/keys';
import { batchIdOf } from '../ids';
import type { Clock, ObjectStore } from '../ports/outside';
import type { BatchSetting } from '../settings';
import { chunksOf } from '../use-cases/chunks';
import type { BatchPlan, PlannedRun, Stage } from '../wire';
import { dueRuns } from './due-runs';
import { providersHolding, type PlanBasis } from './plan-basis';
import type { PlannedBatch, Sized } from './plan-batches';

export const ATTEMPT_LIMIT = 3;
/** Plans held in memory at a time are about this many runs (a kilobyte each). */
const RUNS_AT_ONCE = 20_000;

/** One plan on its way to the bucket and the table. */
export interface Planning {
  readonly objects: Pick<ObjectStore, 'putJson' | 'readLines'>;
  readonly now: Clock;
  readonly stages: readonly [Stage, ...Stage[]];
  readonly source: Source;
  readonly cycle: number;
  /** Where batches of the source may run. */
  readonly providers: readonly string[];
  readonly basis: PlanBasis;
  readonly disks: BatchSetting['workerDiskGb'];
}

/** Reads the due runs once for every group of batches, so that memory holds one group and not everything. */
export async function putPlans(planning: Planning, planned: readonly PlannedBatch<Sized>[]): Promise<void> {
  const { objects, source, cycle } = planning;
  for (const group of groupsOf(planned)) {
    const batchOf = new Map(group.flatMap(({ batch, index }) => batch.runs.map(({ accession }) => [accession, index] as const)));
    const runs = new Map<number, PlannedRun[]>(group.map(({ index }) => [index, []]));
    for await (const run of dueRuns({ objects }, sourceKeys(source.sourceId, cycle).due)) {
      runs.get(batchOf.get(run.accession) ?? 0)?.push(run);
    }
    for (const some of chunksOf(group, 8)) {
      await Promise.all(some.map(({ batch, index }) => putPlan(planning, index, runs.get(index) ?? [], batch.bytes)));
    }
  }
}

function groupsOf(planned: readonly PlannedBatch<Sized>[]): readonly (readonly { batch: PlannedBatch<Sized>; index: number }[])[] {
  const groups: { batch: PlannedBatch<Sized>; index: number }[][] = [];
  let room = 0;
  for (const [at, batch] of planned.entries()) {
    if (room < batch.runs.length) {
      groups.push([]);
      room = RUNS_AT_ONCE;
    }
    groups.at(-1)?.push({ batch, index: at + 1 });
    room -= batch.runs.length;
  }
  return groups;
}

const placesOf = ({ providers, disks }: Planning, bytes: number): string[] => [...providersHolding(providers, bytes, disks)];

async function putPlan(planning: Planning, index: number, runs: PlannedRun[], bytes: number): Promise<void> {
  const { source, cycle, stages, objects } = planning;
  const batchId = batchIdOf(source.sourceId, cycle, index);
  const plan: BatchPlan = {
    v: 1,
    batchId,
    sourceId: source.sourceId,
    cycle,
    stages: [...stages],
    parents: [],
    inputs: [],
    pool: source.pool,
    priority: source.priority,
    providers: placesOf(planning, bytes),
    runs,
    bytes,
  };
  await objects.putJson(planKey(batchId), plan);
}

/** The item of a batch; its plan lies in the bucket. Pure. */
export function batchItem(planning: Planning, index: number, batch: PlannedBatch<Sized>): Batch {
  const { source, cycle, stages, basis, now } = planning;
  const batchId = batchIdOf(source.sourceId, cycle, index);
  return {
    batchId,
    sourceId: source.sourceId,
    cycle,
    index,
    planKey: planKey(batchId),
    stage: stages[0].name,
    revision: stages[0].revision,
    pool: source.pool,
    priority: source.priority,
    providers: placesOf(planning, batch.bytes),
    runCount: batch.runs.length,
    bytes: batch.bytes,
    estimate: { seconds: Math.round(batch.load), learnedFrom: basis.learnedFrom },
    status: 'planned',
    attempt: 0,
    attemptLimit: ATTEMPT_LIMIT,
    linkedRuns: [],
    completeRuns: 0,
    failedRuns: 0,
    cancelRequested: false,
    attempts: [],
    createdAt: now().toISOString(),
  };
}
