/** The documents and items of a plan's batches. */
import type { Batch, Source } from '../entities';
import { sourceKeys, planKey } from '../discovery/keys';
import { batchIdOf } from '../ids';
import type { FileWriter, WithWorkspace } from '../ports/listings';
import type { Clock, ObjectStore } from '../ports/outside';
import type { BatchSetting } from '../settings';
import { chunksOf } from '../use-cases/chunks';
import type { BatchPlan, PlannedRun } from '../wire';
import type { Stages } from '../workflows/stages-of';
import { lastOf } from '../workflows/take-workflow';
import { plannedRuns, type DueRun } from './due-runs';
import { providersHolding, type PlanBasis } from './plan-basis';
import type { PlannedBatch, Sized } from './plan-batches';

export const ATTEMPT_LIMIT = 3;
/** Plans held in memory at a time are about this many runs (a kilobyte each). */
const RUNS_AT_ONCE = 20_000;

/** One plan on its way to the bucket and the table. */
export interface Planning {
  readonly objects: Pick<ObjectStore, 'putJson' | 'readLines'>;
  readonly withWorkspace: WithWorkspace;
  readonly now: Clock;
  readonly stages: Stages;
  readonly source: Source;
  readonly cycle: number;
  /** Where batches of the source may run. */
  readonly providers: readonly string[];
  readonly basis: PlanBasis;
  readonly disks: BatchSetting['workerDiskGb'];
}

interface Numbered {
  readonly batch: PlannedBatch<DueRun>;
  readonly index: number;
}
type Group = readonly Numbered[];

/**
 * Memory holds the runs of one group of batches, not everything: where there are several groups, the due runs are read once and dealt to a
 * file for each, by their lines.
 * @throws Error when the due runs are not those that were planned: they were written again in between
 */
export async function putPlans(planning: Planning, planned: readonly PlannedBatch<DueRun>[]): Promise<void> {
  const lines = planning.objects.readLines(sourceKeys(planning.source.sourceId, planning.cycle).due);
  const groups = groupsOf(planned);
  const [only = []] = groups;
  if (groups.length <= 1) return putGroup(planning, only, plannedRuns(lines));
  return planning.withWorkspace(async (workspace) => {
    const fileOf = (group: number): string => `group-${group}.jsonl.gz`;
    await deal(lines, groups, (group) => workspace.writer(fileOf(group), { gzip: true }));
    for (const [at, group] of groups.entries()) await putGroup(planning, group, plannedRuns(workspace.gzippedLines(fileOf(at))));
  });
}

async function deal(lines: AsyncIterable<string>, groups: readonly Group[], writerOf: (group: number) => FileWriter): Promise<void> {
  // Two bytes a run: what names each run in a map would outgrow everything else.
  const groupOf = new Uint16Array(groups.flat().reduce((sum, { batch }) => sum + batch.runs.length, 0));
  for (const [at, group] of groups.entries()) for (const { batch } of group) for (const { line } of batch.runs) groupOf[line] = at;
  const writers = groups.map((_, at) => writerOf(at));
  let number = 0;
  for await (const line of lines) {
    if (line === '') continue;
    await writers[groupOf[number] ?? -1]?.write(`${line}\n`);
    number += 1;
  }
  for (const writer of writers) await writer.end();
}

async function putGroup(planning: Planning, group: Group, due: AsyncIterable<PlannedRun>): Promise<void> {
  const batchOf = new Map(group.flatMap(({ batch, index }) => batch.runs.map(({ accession }) => [accession, index] as const)));
  const runs = new Map<number, PlannedRun[]>(group.map(({ index }) => [index, []]));
  for await (const run of due) runs.get(batchOf.get(run.accession) ?? 0)?.push(run);
  for (const some of chunksOf(group, 8)) {
    await Promise.all(some.map(({ batch, index }) => putPlan(planning, index, wholeBatch(batch, runs.get(index) ?? []), batch.bytes)));
  }
}

/** Lines are no names: a batch that is not the one that was planned would lose runs. */
function wholeBatch(batch: PlannedBatch<DueRun>, runs: PlannedRun[]): PlannedRun[] {
  if (runs.length !== batch.runs.length)
    throw new Error(`the due runs changed: ${runs.length} of the ${batch.runs.length} of a batch are there`);
  return runs;
}

function groupsOf(planned: readonly PlannedBatch<DueRun>[]): readonly Group[] {
  const groups: Numbered[][] = [];
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
  const last = lastOf(stages);
  return {
    batchId,
    sourceId: source.sourceId,
    cycle,
    index,
    planKey: planKey(batchId),
    stage: last.name,
    revision: last.revision,
    ...(stages.length > 1 && { earlierStages: stages.slice(0, -1).map(({ name, revision: of }) => ({ name, revision: of })) }),
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
