import { FINAL_BATCH_STATUSES, type Batch } from '../entities';
import { optional } from '../optional';
import type { Known, Stores } from '../ports/stores';
import type { Outcome } from '../records';
import type { BatchPlan, PlannedRun } from '../wire';
import { uniqueWords } from '../words';
import { chunksOf } from './chunks';
import type { Deps } from './deps';
import { knownInMotion } from './known-in-motion';

/** What of a plan can be worked on; of one without parents all of it. */
export type FromParents =
  /** A parent is not over, or another batch works on what a parent left to it. */
  | { readonly outcome: 'waiting' }
  | {
      readonly outcome: 'ready';
      /** Every stage before is verified at home. */
      readonly runs: readonly PlannedRun[];
      /** A stage before failed them. */
      readonly lost: readonly PlannedRun[];
      /** What the stages before said of a run, by accession: kebab-case words. */
      readonly verdicts: Readonly<Record<string, string>>;
    };

/** Why a child batch leaves a run out. */
export const EARLIER_STAGE_FAILED = 'earlier-stage-failed';

type ParentDeps = { readonly stores: Pick<Stores, 'batches' | 'outcomes'> };
const AT_ONCE = 25;

/**
 * A child batch works on what its parents brought home: runs with a verified outcome of each stage before. One that was cancelled, and one
 * that nobody works on any more, is neither here nor lost: it is due at the next check. Reads only.
 */
export async function fromParents(deps: ParentDeps, { parents = [] }: Pick<Batch, 'parents'>, plan: BatchPlan): Promise<FromParents> {
  if (parents.length === 0) return { outcome: 'ready', runs: plan.runs, lost: [], verdicts: {} };
  if (!(await areOver(deps, parents))) return { outcome: 'waiting' };
  const known = new Map<string, Known>();
  for (const keys of chunksOf(plan.runs.flatMap((run) => keysOf(run, plan))))
    for (const [key, standing] of await knownInMotion(deps.stores, keys)) known.set(key, standing);
  const outcomeOf = (key: string): Outcome | undefined => known.get(key)?.outcome;
  const isHome = (run: PlannedRun): boolean => keysOf(run, plan).every((key) => outcomeOf(key)?.result === 'complete');
  const missing = plan.runs.filter((run) => !isHome(run));
  if (missing.some((run) => keysOf(run, plan).some((key) => known.get(key)?.claim !== undefined))) return { outcome: 'waiting' };
  const said = (run: PlannedRun): string => uniqueWords(keysOf(run, plan).map((key) => outcomeOf(key)?.verdict));
  const runs = plan.runs.filter(isHome);
  return {
    ...{ outcome: 'ready', runs },
    lost: missing.filter((run) => keysOf(run, plan).some((key) => outcomeOf(key)?.result === 'failed')),
    verdicts: Object.fromEntries(runs.flatMap((run) => (said(run) === '' ? [] : [[run.accession, said(run)]]))),
  };
}

/** `inputs` of a plan are `<stage>@<revision>`. */
const keysOf = ({ accession, filesHash }: PlannedRun, { inputs }: BatchPlan): readonly string[] =>
  inputs.map((input) => `${accession}#${filesHash}#${input}`);

async function areOver({ stores }: ParentDeps, parents: readonly string[]): Promise<boolean> {
  for (const some of chunksOf(parents, AT_ONCE)) {
    const found = await Promise.all(some.map((parent) => stores.batches.get(parent)));
    if (found.some((parent) => parent === undefined || !FINAL_BATCH_STATUSES.includes(parent.status))) return false;
  }
  return true;
}

/** The failed runs of its parents, as outcomes of a child batch: counted, listed and told of like its own. Safe to repeat. */
export async function putLost(deps: Pick<Deps, 'stores' | 'now'>, batch: Batch, lost: readonly PlannedRun[]): Promise<void> {
  const common = {
    result: 'failed',
    reason: EARLIER_STAGE_FAILED,
    bytes: 0,
    batchId: batch.batchId,
    at: deps.now().toISOString(),
  } as const;
  const last = `${batch.stage}@${batch.revision}`;
  const outcomes = lost.map(({ accession, filesHash }): Outcome => ({ fetchKey: `${accession}#${filesHash}#${last}`, ...common }));
  for (const chunk of chunksOf(outcomes)) await deps.stores.outcomes.put(chunk);
}

/** Which planned batches wait for a parent: of each plan with child batches, its batches are read once. */
export async function waitsForParents(
  { stores }: { readonly stores: Pick<Stores, 'batches'> },
  planned: readonly Batch[],
): Promise<(batch: Pick<Batch, 'parents'>) => boolean> {
  const plans = new Map(planned.filter(({ parents }) => parents !== undefined).map((one) => [`${one.sourceId} ${one.cycle}`, one]));
  const open = new Set<string>();
  for (const { sourceId, cycle } of plans.values())
    for (const { batchId, status } of await stores.batches.ofSource(sourceId, cycle))
      if (!FINAL_BATCH_STATUSES.includes(status)) open.add(batchId);
  return ({ parents = [] }) => parents.some((parent) => open.has(parent));
}

/** What a manifest says of stages before this batch. */
export const inherited = (plan: BatchPlan, verdicts: Readonly<Record<string, string>>) => ({
  inputs: plan.inputs.map((input) => {
    const [stage = '', revision = ''] = input.split('@');
    return { stage, revision };
  }),
  ...optional('verdicts', Object.keys(verdicts).length > 0 ? verdicts : undefined),
});
