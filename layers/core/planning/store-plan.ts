import type { Source } from '../entities';
import { ContendedError, ObjectMissingError, RecordMissingError } from '../errors';
import type { WithWorkspace } from '../ports/listings';
import type { Clock, ObjectStore } from '../ports/outside';
import type { Stores } from '../ports/stores';
import { CycleSummary, type CycleSummary as Summary } from '../discovery/documents';
import { basisKey, sourceKeys } from '../discovery/keys';
import { comparisonWarnings } from '../discovery/comparison-warnings';
import { countsOf } from '../discovery/summarize';
import type { PriceList } from '../dispatch/worst-case';
import { buildChange, changeBatch } from '../use-cases/change-status';
import type { BatchSetting } from '../settings';
import type { Stage } from '../wire';
import { legsOf, type Leg } from '../workflows/legs';
import { wholeOf } from '../workflows/stages-of';
import { lastOf, takenStages } from '../workflows/take-workflow';
import type { DispatchSettings } from '../use-cases/dispatch-batch';
import { approvalReason } from './approval';
import { dueSizes } from './due-runs';
import { planDollars } from './plan-dollars';
import { knownPace } from './learn-pace';
import { basisOf, capsOf, PlanBasis } from './plan-basis';
import { planBatches } from './plan-batches';
import { planLegs, type LegPlan } from './plan-children';
import { batchItems, putPlans, type Planning } from './plan-documents';
import { waitForLinked } from './wait-for-linked';
import { restated } from '../warnings';
import { counted } from '../words';

export interface PlanDeps {
  readonly stores: Pick<Stores, 'sources' | 'batches' | 'claims' | 'paces' | 'workflows'>;
  readonly objects: Pick<ObjectStore, 'getJson' | 'putJson' | 'readLines'>;
  readonly withWorkspace: WithWorkspace;
  readonly now: Clock;
  /** The stage of the built-in workflow. */
  readonly stage: Stage;
  readonly batch: BatchSetting;
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

const SOURCE_TRIES = 5;

/**
 * Plans the due runs of a cycle, child batches of later legs with them: plan documents, then batches, then older batches that were never dispatched are superseded (contract 2),
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
  const legs = legsOf(await takenStages(deps, summary.workflow), source, deps.providers);
  const planning = await planningOf(deps, source, cycle, legs[0]);
  const planned = planLegs(legs, planBatches(await dueSizes(deps, keys.due), capsOf(planning.basis, deps.poolWorkers[source.pool])));
  for (const leg of planned) await putPlans(planning, leg);
  await deps.stores.batches.addPlanned(planned.flatMap((leg) => batchItems(planning, leg)));
  await waitForLinked(deps, sourceId, cycle);
  await supersedeOlder(deps, sourceId, cycle);
  const stored = await writeSource(deps, source, planned, summary);
  if (stored === undefined) return { outcome: 'stale' };
  return { outcome: 'planned', batches: countOf(planned), runs: summary.states.due, bytes: summary.dueBytes, approval: stored.approval };
}

/** The basis is written once: a plan that is made again is cut by what the first try knew. */
async function planningOf(deps: PlanDeps, source: Source, cycle: number, { stages, providers }: Leg): Promise<Planning> {
  const { objects, withWorkspace, now, batch } = deps;
  const key = basisKey(source.sourceId, cycle);
  const written = await objects.getJson(key, PlanBasis);
  const basis = written ?? basisOf(batch, wholeOf(stages), providers, await knownPaces(deps, providers, lastOf(stages)));
  if (written === undefined) await objects.putJson(key, basis);
  return { objects, withWorkspace, now, source, cycle, basis, disks: batch.workerDiskGb };
}

const countOf = (planned: readonly LegPlan[]): number => planned.reduce((sum, { batches }) => sum + batches.length, 0);

const knownPaces = ({ stores }: PlanDeps, providers: readonly string[], { name: stage, revision }: Stage) =>
  Promise.all(providers.map(async (provider) => knownPace(provider, await stores.paces.get({ provider, stage, revision }))));

/** The source as it stands after the write, or undefined when another cycle took over. */
async function writeSource(deps: PlanDeps, first: Source, planned: readonly LegPlan[], summary: Summary): Promise<Source | undefined> {
  const { sourceId, cycle } = first;
  const rateOf = await deps.prices();
  const dollarsOf = ({ leg: { stages, providers }, batches }: LegPlan): number =>
    planDollars(batches, { providers, stage: wholeOf(stages), settings: deps.settings, rateOf });
  const dollars = planned.reduce((sum, leg) => sum + dollarsOf(leg), 0);
  for (let tries = 0; tries < SOURCE_TRIES; tries += 1) {
    const source = await deps.stores.sources.get(sourceId);
    if (source === undefined) throw new RecordMissingError('source', sourceId);
    if (source.cycle !== cycle) return undefined;
    if (source.listingCycle === cycle) return source;
    const size = { runs: summary.states.due, bytes: summary.dueBytes, dollars };
    const reason = approvalReason(size, source.limits);
    const built = buildChange('source', source, reason === undefined ? 'plan-stored' : 'approval-needed', deps.now(), {
      actor: 'plan-batches',
      detail: `${counted(size.runs, 'run')} due in ${counted(countOf(planned), 'batch', 'batches')}${reason === undefined ? '' : `; waits for approval: ${reason}`}`,
      set: {
        listingCycle: cycle,
        plannedBatches: countOf(planned),
        counts: countsOf(summary),
        generatedWarning: restated(source.generatedWarning, 'plan-stored', comparisonWarnings(summary)),
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
