import type { Batch, Source } from '../entities';
import { ContendedError, ObjectMissingError, RecordMissingError } from '../errors';
import { batchIdOf } from '../ids';
import type { Clock, ObjectStore } from '../ports/outside';
import type { Stores } from '../ports/stores';
import { CycleSummary, type CycleSummary as Summary } from '../discovery/documents';
import { planKey, sourceKeys } from '../discovery/keys';
import { countsOf } from '../discovery/summarize';
import type { PriceList } from '../dispatch/worst-case';
import { buildChange, changeBatch } from '../use-cases/change-status';
import { chunksOf } from '../use-cases/chunks';
import type { BatchPlan, PlannedRun, Stage } from '../wire';
import type { DispatchSettings } from '../use-cases/dispatch-batch';
import { approvalReason } from './approval';
import { dueRuns, dueSizes } from './due-runs';
import { planDollars } from './plan-dollars';
import { providersOf } from './providers-of';
import { MIN_BATCH_BYTES, planBatches, type PlannedBatch, type Sized } from './plan-batches';
import { waitForLinked } from './wait-for-linked';
import { counted } from '../words';

export interface PlanDeps {
  readonly stores: Pick<Stores, 'sources' | 'batches' | 'claims'>;
  readonly objects: Pick<ObjectStore, 'getJson' | 'putJson' | 'readLines'>;
  readonly now: Clock;
  readonly stages: readonly [Stage, ...Stage[]];
  readonly caps: { readonly maxRuns: number; readonly maxBytes: number };
  /** Workers side by side, by pool. */
  readonly poolWorkers: Readonly<Record<Source['pool'], number>>;
  readonly providers: readonly string[];
  /** How long the start of a worker is waited for, and what one costs at most. */
  readonly settings: DispatchSettings;
  readonly prices: () => Promise<PriceList>;
}
export type PlanStored =
  | {
      readonly outcome: 'planned';
      readonly batches: number;
      readonly runs: number;
      readonly bytes: number;
      readonly approval: Source['approval'];
    }
  /** A newer cycle took over. */
  | { readonly outcome: 'stale' };

export const ATTEMPT_LIMIT = 3;
const SOURCE_TRIES = 5;
/** Plans held in memory at a time are about this many runs (a kilobyte each). */
const RUNS_AT_ONCE = 20_000;

/**
 * Plans the due runs of a cycle: plan documents, then batches, then older batches that were never dispatched are superseded (contract 2),
 * then one write on the source moves the pointer to this listing (contract 1). In this order no batch of an unapproved older plan can be
 * dispatched under the new plan's approval. Each step may be repeated: plans and batches have fixed ids and the planner gives the same
 * answer, the source is written once, and a batch is superseded once.
 * Batches of a cycle above the source's `listingCycle` must not be dispatched: their plan is not stored yet, and may never be.
 */
export async function storePlan(deps: PlanDeps, source: Source, cycle: number): Promise<PlanStored> {
  const { sourceId } = source;
  if (source.cycle !== cycle) return { outcome: 'stale' };
  const keys = sourceKeys(sourceId, cycle);
  const summary = await deps.objects.getJson(keys.summary, CycleSummary);
  if (summary === undefined) throw new ObjectMissingError(keys.summary);
  const planned = planBatches(await dueSizes(deps, keys.due), {
    ...deps.caps,
    workers: deps.poolWorkers[source.pool],
    minBytes: MIN_BATCH_BYTES,
  });
  await putPlans(deps, source, cycle, planned);
  await deps.stores.batches.addPlanned(planned.map((batch, at) => batchItem(deps, source, cycle, at + 1, batch)));
  await waitForLinked(deps, sourceId, cycle);
  await supersedeOlder(deps, sourceId, cycle);
  const stored = await writeSource(deps, source, planned, summary);
  if (stored === undefined) return { outcome: 'stale' };
  return { outcome: 'planned', batches: planned.length, runs: summary.states.due, bytes: summary.dueBytes, approval: stored.approval };
}

/** Reads the due runs once for every group of batches, so that memory holds one group and not everything. */
async function putPlans(deps: PlanDeps, source: Source, cycle: number, planned: readonly PlannedBatch<Sized>[]): Promise<void> {
  for (const group of groupsOf(planned)) {
    const batchOf = new Map(group.flatMap(({ batch, index }) => batch.runs.map(({ accession }) => [accession, index] as const)));
    const runs = new Map<number, PlannedRun[]>(group.map(({ index }) => [index, []]));
    for await (const run of dueRuns(deps, sourceKeys(source.sourceId, cycle).due)) {
      runs.get(batchOf.get(run.accession) ?? 0)?.push(run);
    }
    for (const some of chunksOf(group, 8)) {
      await Promise.all(some.map(({ batch, index }) => putPlan(deps, source, cycle, index, runs.get(index) ?? [], batch.bytes)));
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

async function putPlan(deps: PlanDeps, source: Source, cycle: number, index: number, runs: PlannedRun[], bytes: number): Promise<void> {
  const batchId = batchIdOf(source.sourceId, cycle, index);
  const plan: BatchPlan = {
    v: 1,
    batchId,
    sourceId: source.sourceId,
    cycle,
    stages: [...deps.stages],
    parents: [],
    inputs: [],
    pool: source.pool,
    priority: source.priority,
    providers: [...providersOf(source, deps.stages, deps.providers)],
    runs,
    bytes,
  };
  await deps.objects.putJson(planKey(batchId), plan);
}

function batchItem(deps: PlanDeps, source: Source, cycle: number, index: number, batch: PlannedBatch<Sized>): Batch {
  const batchId = batchIdOf(source.sourceId, cycle, index);
  return {
    batchId,
    sourceId: source.sourceId,
    cycle,
    index,
    planKey: planKey(batchId),
    stage: deps.stages[0].name,
    revision: deps.stages[0].revision,
    pool: source.pool,
    priority: source.priority,
    providers: [...providersOf(source, deps.stages, deps.providers)],
    runCount: batch.runs.length,
    bytes: batch.bytes,
    status: 'planned',
    attempt: 0,
    attemptLimit: ATTEMPT_LIMIT,
    linkedRuns: [],
    completeRuns: 0,
    failedRuns: 0,
    cancelRequested: false,
    attempts: [],
    createdAt: deps.now().toISOString(),
  };
}

/** The source as it stands after the write, or undefined when another cycle took over. */
async function writeSource(
  deps: PlanDeps,
  first: Source,
  planned: readonly PlannedBatch<Sized>[],
  summary: Summary,
): Promise<Source | undefined> {
  const { sourceId, cycle } = first;
  const [stage, rateOf] = [deps.stages[0], await deps.prices()];
  const providers = providersOf(first, deps.stages, deps.providers);
  const dollars = planDollars(planned, { providers, stage, settings: deps.settings, rateOf });
  for (let tries = 0; tries < SOURCE_TRIES; tries += 1) {
    const source = await deps.stores.sources.get(sourceId);
    if (source === undefined) throw new RecordMissingError('source', sourceId);
    if (source.cycle !== cycle) return undefined;
    if (source.listingCycle === cycle) return source;
    const size = { runs: summary.states.due, bytes: summary.dueBytes, dollars };
    const reason = approvalReason(size, source.limits);
    const built = buildChange('source', source, reason === undefined ? 'plan-stored' : 'approval-needed', deps.now(), {
      actor: 'plan-batches',
      detail: `${counted(size.runs, 'run')} due in ${counted(planned.length, 'batch', 'batches')}${reason === undefined ? '' : `; waits for approval: ${reason}`}`,
      set: {
        listingCycle: cycle,
        plannedBatches: planned.length,
        counts: countsOf(summary),
        indexAsked: 0,
        indexDone: 0,
        ...(reason === undefined ? { approval: 'none' } : { approval: 'waiting', approvalReason: reason }),
      },
      ...(reason === undefined && { remove: ['approvalReason'] }),
    });
    if (built.outcome === 'refused') return undefined;
    const written = await deps.stores.sources.change(source, built.change.set, built.change.event, built.change.remove);
    if (written.outcome === 'written') return written.item;
  }
  throw new ContendedError(sourceId);
}

/** A newer plan holds everything that is due; what an older one never dispatched would be fetched twice. */
async function supersedeOlder(deps: PlanDeps, sourceId: string, cycle: number): Promise<void> {
  const older = (await deps.stores.batches.ofSource(sourceId)).filter((batch) => batch.cycle < cycle && batch.status === 'planned');
  for (const { batchId } of older) {
    await changeBatch(deps, batchId, 'supersede', { actor: 'plan-batches', detail: `by cycle ${cycle}`, where: { attempt: 0 } });
  }
}
