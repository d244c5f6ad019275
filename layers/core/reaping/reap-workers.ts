import { isolation } from '../use-cases/isolate';
import { act, type ActDeps } from './act';
import { lookAround } from './look-around';
import { reapPlan, type Due } from './reap-plan';
import type { Acted, Mark, ReapReport } from './records';
import { REAP_RULES, type ReapRules } from './suspects';

export type ReapDeps = Omit<ActDeps, 'rules'>;

/** Acts of one cycle; more wait for the next, so that a mistake of many is seen before it is a mistake of all. */
export const MOST_ACTS = 100;
const MOST_RECOVERED = 100;
const MOST_ERRORS = 50;

/**
 * One cycle of the reaper: look, compare with what was marked before, act upon what is a suspect still, and keep the report. Under a lease of its caller. Safe to
 * repeat: marks move only with the report, which is written last; an act whose report was lost is done again and changes nothing.
 */
export async function reapWorkers(deps: ReapDeps, id: string, rules: ReapRules = REAP_RULES): Promise<ReapReport> {
  const { isolate, failures } = isolation();
  const sight = await lookAround({ ...deps, isolate, rules });
  const [before, keeps] = [(await deps.stores.reaps.report())?.marks ?? [], await deps.stores.reaps.keeps()];
  const now = deps.now();
  const plan = reapPlan(sight, before, keeps, now, rules);
  const acted: Acted[] = [];
  for (const due of plan.due.slice(0, MOST_ACTS)) {
    const result = await isolate(due.subject, () => actOn({ ...deps, rules }, due));
    if (result !== undefined) acted.push(result);
  }
  const report: ReapReport = {
    ...{ id, at: now.toISOString(), listed: [...sight.listed], acted, leftOut: plan.leftOut },
    marks: plan.marks.map((mark) => afterAct(mark, acted, now)),
    recovered: plan.recovered.slice(0, MOST_RECOVERED).map(({ subject }) => subject),
    errors: failures.slice(0, MOST_ERRORS).map(({ id: subject, error }) => ({ subject, error: wordsOf(error) })),
  };
  await deps.stores.reaps.putReport(report);
  return report;
}

async function actOn(deps: ActDeps, due: Due): Promise<Acted> {
  return { subject: due.subject, kind: due.kind, act: due.act, result: await act(deps, due) };
}

const afterAct = (mark: Mark, acted: readonly Acted[], now: Date): Mark => {
  const done = acted.find(({ subject }) => subject === mark.subject);
  return done === undefined ? mark : { ...mark, actedAt: now.toISOString(), result: done.result };
};

const wordsOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500);
