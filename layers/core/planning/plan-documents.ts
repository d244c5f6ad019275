/** The documents and items of a plan's batches. */
import type { Batch, Source } from '../entities';
import { sourceKeys, planKey } from '../discovery/keys';
import { batchIdOf } from '../ids';
import type { FileWriter, WithWorkspace } from '../ports/listings';
import type { Clock, ObjectStore } from '../ports/outside';
import type { BatchSetting } from '../settings';
import { chunksOf } from '../use-cases/chunks';
import type { BatchPlan, PlannedRun } from '../wire';
import type { Leg } from '../workflows/legs';
import { lastOf } from '../workflows/take-workflow';
import { plannedRuns, type DueRun } from './due-runs';
import { providersHolding, type PlanBasis } from './plan-basis';
import type { PlannedBatch } from './plan-batches';
import type { LegPlan } from './plan-children';

export const ATTEMPT_LIMIT = 3;
/** Plans held in memory at a time are about this many runs (a kilobyte each). */
const RUNS_AT_ONCE = 20_000;

/** One plan on its way to the bucket and the table. */
export interface Planning {
  readonly objects: Pick<ObjectStore, 'putJson' | 'readLines'>;
  readonly withWorkspace: WithWorkspace;
  readonly now: Clock;
  readonly source: Source;
  readonly cycle: number;
  readonly basis: PlanBasis;
  readonly disks: BatchSetting['workerDiskGb'];
}

interface Numbered {
  readonly batch: PlannedBatch<DueRun>;
  readonly index: number;
  readonly parents: readonly number[];
}
type Group = readonly Numbered[];

/**
 * Memory holds the runs of one group of batches, not everything: where there are several groups, the due runs are read once and dealt to a
 * file for each, by their lines.
 * @throws Error when the due runs are not those that were planned: they were written again in between
 */
export async function putPlans(planning: Planning, plan: LegPlan): Promise<void> {
  const lines = planning.objects.readLines(sourceKeys(planning.source.sourceId, planning.cycle).due);
  const groups = groupsOf(numbered(plan));
  const [only = []] = groups;
  if (groups.length <= 1) return putGroup(planning, plan.leg, only, plannedRuns(lines));
  return planning.withWorkspace(async (workspace) => {
    const fileOf = (group: number): string => `group-${group}.jsonl.gz`;
    await deal(lines, groups, (group) => workspace.writer(fileOf(group), { gzip: true }));
    for (const [at, group] of groups.entries()) await putGroup(planning, plan.leg, group, plannedRuns(workspace.gzippedLines(fileOf(at))));
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

async function putGroup(planning: Planning, leg: Leg, group: Group, due: AsyncIterable<PlannedRun>): Promise<void> {
  const batchOf = new Map(group.flatMap(({ batch, index }) => batch.runs.map(({ accession }) => [accession, index] as const)));
  const runs = new Map<number, PlannedRun[]>(group.map(({ index }) => [index, []]));
  for await (const run of due) runs.get(batchOf.get(run.accession) ?? 0)?.push(run);
  for (const some of chunksOf(group, 8)) {
    await Promise.all(some.map((one) => putPlan(planning, leg, one, wholeBatch(one.batch, runs.get(one.index) ?? []))));
  }
}

/** Lines are no names: a batch that is not the one that was planned would lose runs. */
function wholeBatch(batch: PlannedBatch<DueRun>, runs: PlannedRun[]): PlannedRun[] {
  if (runs.length !== batch.runs.length)
    throw new Error(`the due runs changed: ${runs.length} of the ${batch.runs.length} of a batch are there`);
  return runs;
}

const numbered = ({ batches, firstIndex, parents }: LegPlan): readonly Numbered[] =>
  batches.map((batch, at) => ({ batch, index: firstIndex + at, parents: parents[at] ?? [] }));

function groupsOf(planned: readonly Numbered[]): readonly Group[] {
  const groups: Numbered[][] = [];
  let room = 0;
  for (const one of planned) {
    if (room < one.batch.runs.length) {
      groups.push([]);
      room = RUNS_AT_ONCE;
    }
    groups.at(-1)?.push(one);
    room -= one.batch.runs.length;
  }
  return groups;
}

const placesOf = ({ disks }: Planning, { providers }: Leg, bytes: number): string[] => [...providersHolding(providers, bytes, disks)];
const parentsOf = ({ source, cycle }: Planning, { parents }: Numbered): string[] =>
  parents.map((parent) => batchIdOf(source.sourceId, cycle, parent));

async function putPlan(planning: Planning, leg: Leg, one: Numbered, runs: PlannedRun[]): Promise<void> {
  const { source, cycle, objects } = planning;
  const { index, batch } = one;
  const batchId = batchIdOf(source.sourceId, cycle, index);
  const plan: BatchPlan = {
    v: 1,
    batchId,
    sourceId: source.sourceId,
    cycle,
    stages: [...leg.stages],
    parents: parentsOf(planning, one),
    inputs: leg.inputs.map(({ name, revision }) => `${name}@${revision}`),
    pool: source.pool,
    priority: source.priority,
    providers: placesOf(planning, leg, batch.bytes),
    runs,
    bytes: batch.bytes,
  };
  await objects.putJson(planKey(batchId), plan);
}

/** The items of the batches of a leg; their plans lie in the bucket. Pure. */
export const batchItems = (planning: Planning, plan: LegPlan): readonly Batch[] =>
  numbered(plan).map((one) => batchItem(planning, plan.leg, one));

function batchItem(planning: Planning, leg: Leg, one: Numbered): Batch {
  const { source, cycle, basis, now } = planning;
  const { stages } = leg;
  const { index, batch } = one;
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
    ...(stages.some(({ tasks }) => tasks === 'cluster') && { hasTasks: true }),
    ...(one.parents.length > 0 && { parents: parentsOf(planning, one) }),
    pool: source.pool,
    priority: source.priority,
    providers: placesOf(planning, leg, batch.bytes),
    runCount: batch.runs.length,
    bytes: batch.bytes,
    // The pace is that of the first leg.
    ...(one.parents.length === 0 && { estimate: { seconds: Math.round(batch.load), learnedFrom: basis.learnedFrom } }),
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
