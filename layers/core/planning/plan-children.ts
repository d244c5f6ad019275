import type { Leg, Legs } from '../workflows/legs';
import type { DueRun } from './due-runs';
import type { PlannedBatch } from './plan-batches';

/** Batches of one leg of a plan, numbered from `firstIndex`; `parents[n]`: the numbers of the batches whose results its batch n works on. */
export interface LegPlan {
  readonly leg: Leg;
  readonly firstIndex: number;
  readonly batches: readonly PlannedBatch<DueRun>[];
  readonly parents: readonly (readonly number[])[];
}

/** A join is one item of the table, whose list of linked runs grows with its runs: above this there are several, of whole parents each. */
export const JOIN_MOST = { runs: 2_000, parents: 500 } as const;

/** The batches of all legs; pure. A stage elsewhere has a child batch for each batch before it, a join one for all of them. */
export function planLegs([first, ...others]: Legs, planned: readonly PlannedBatch<DueRun>[]): readonly LegPlan[] {
  const plans: LegPlan[] = [{ leg: first, firstIndex: 1, batches: planned, parents: planned.map(() => []) }];
  let last: Pick<LegPlan, 'firstIndex' | 'batches'> = { firstIndex: 1, batches: planned };
  for (const leg of others) {
    const before = last.batches.map((batch, at): Numbered => ({ batch, index: last.firstIndex + at }));
    const groups = leg.isJoin ? joined(before) : before.map((one) => [one]);
    const next = {
      ...{ leg, firstIndex: last.firstIndex + last.batches.length },
      batches: groups.map((group) => merged(group.map(({ batch }) => batch))),
      parents: groups.map((group) => group.map(({ index }) => index)),
    };
    plans.push(next);
    last = next;
  }
  return plans;
}

interface Numbered {
  readonly batch: PlannedBatch<DueRun>;
  readonly index: number;
}

function joined(before: readonly Numbered[]): readonly (readonly Numbered[])[] {
  const groups: Numbered[][] = [];
  let runs = 0;
  for (const one of before) {
    const group = groups.at(-1);
    if (group === undefined || runs + one.batch.runs.length > JOIN_MOST.runs || group.length >= JOIN_MOST.parents) {
      groups.push([one]);
      runs = one.batch.runs.length;
    } else {
      group.push(one);
      runs += one.batch.runs.length;
    }
  }
  return groups;
}

const merged = (batches: readonly PlannedBatch<DueRun>[]): PlannedBatch<DueRun> => ({
  runs: batches.flatMap(({ runs }) => runs).sort((one, other) => (one.accession < other.accession ? -1 : 1)),
  bytes: batches.reduce((sum, { bytes }) => sum + bytes, 0),
  load: batches.reduce((sum, { load }) => sum + load, 0),
});
