import { isolation } from '../use-cases/isolate';
import { act, type ActDeps } from './act';
import { lookAround } from './look-around';
import { reapPlan, type Due } from './reap-plan';
import type { Acted, Mark, ReapReport } from './records';
import { REAP_RULES, type ReapRules } from './suspects';
import { askedOf, tellLost } from './tell';

export type ReapDeps = Omit<ActDeps, 'rules'>;

/** Acts of one cycle; more wait for the next, so that a mistake of many is seen before it is a mistake of all. */
export const MOST_ACTS = 100;
const MOST_RECOVERED = 100;
const MOST_ERRORS = 50;

/**
 * One cycle of the reaper: look, compare with what was marked before, act upon what is a suspect still, and keep the report. Under a lease of its caller. Safe to
 * repeat: what is about to be done is kept with the marks before it is done. A cycle that dies in between is gone on with by the next look: it does again what is a
 * suspect still, which ends nothing twice, and tells what was done and is none any more.
 */
export async function reapWorkers(deps: ReapDeps, id: string, rules: ReapRules = REAP_RULES): Promise<ReapReport> {
  const { isolate, failures } = isolation();
  const sight = await lookAround({ ...deps, isolate, rules });
  const [before, keeps] = [(await deps.stores.reaps.report())?.marks ?? [], await deps.stores.reaps.keeps()];
  const now = deps.now();
  const plan = reapPlan(sight, before, keeps, now, rules);
  const due = plan.due.slice(0, MOST_ACTS);
  const begun = plan.recovered.filter(isBegun);
  const marks = [...withIntents(plan.marks, due, now), ...begun];
  const recovered = plan.recovered.slice(0, MOST_RECOVERED).map(({ subject }) => subject);
  const looked = { id, at: now.toISOString(), listed: [...sight.listed], leftOut: plan.leftOut, recovered };
  if (due.length > 0) await deps.stores.reaps.putReport({ ...looked, marks, acted: [], errors: [] });
  const results: (Acted | undefined)[] = [];
  for (const mark of begun) results.push(await isolate(mark.subject, () => tellLost(deps, mark)));
  for (const one of due) results.push(await isolate(one.subject, () => actOn({ ...deps, rules }, one)));
  const acted = results.filter((result) => result !== undefined);
  const report: ReapReport = {
    ...{ ...looked, acted, marks: afterActs(marks, begun, acted, now) },
    errors: failures.slice(0, MOST_ERRORS).map(({ id: subject, error }) => ({ subject, error: wordsOf(error) })),
  };
  await deps.stores.reaps.putReport(report);
  return report;
}

type Begun = Mark & { readonly asked: NonNullable<Mark['asked']> };
/** An earlier cycle was about to act on it, and did not live to say what came of that. */
const isBegun = (mark: Mark): mark is Begun => mark.asked !== undefined;

function withIntents(marks: readonly Mark[], due: readonly Due[], now: Date): readonly Mark[] {
  const intents = new Map(due.map((one) => [one.subject, one.mark.asked ?? askedOf(one, now)]));
  return marks.map((mark) => {
    const asked = intents.get(mark.subject);
    return asked === undefined ? mark : { ...mark, asked };
  });
}

/** What an act came to stands with its mark; what was told of a dead cycle's acts is marked no more. */
function afterActs(marks: readonly Mark[], begun: readonly Begun[], acted: readonly Acted[], now: Date): Mark[] {
  const done = new Map(acted.map((one) => [one.subject, one.result]));
  const told = new Set(begun.filter(({ subject }) => done.has(subject)));
  return marks
    .filter((mark) => !(isBegun(mark) && told.has(mark)))
    .map(({ asked, ...mark }) => {
      const result = done.get(mark.subject);
      if (result === undefined) return asked === undefined ? mark : { ...mark, asked };
      return { ...mark, actedAt: now.toISOString(), result };
    });
}

async function actOn(deps: ActDeps, due: Due): Promise<Acted> {
  return { subject: due.subject, kind: due.kind, act: due.act, result: await act(deps, due) };
}

const wordsOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500);
