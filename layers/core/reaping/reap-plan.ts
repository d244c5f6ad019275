import { actOf, type ReapAct } from './kinds';
import type { Keep, Mark } from './records';
import type { ReapRules, Suspicion } from './suspects';

export interface Sight {
  readonly suspicions: readonly Suspicion[];
  /** Places that answered: what they do not show is known not to be there. */
  readonly looked: ReadonlySet<string>;
}
export interface Due extends Suspicion {
  readonly act: Exclude<ReapAct, 'ask-person'>;
  readonly mark: Mark;
}
export interface ReapPlan {
  /** What stands marked after this look, those that are acted upon included. */
  readonly marks: readonly Mark[];
  readonly due: readonly Due[];
  readonly recovered: readonly Mark[];
  readonly leftOut: number;
}

export interface ReapPlan {
  /** What stands marked after this look, those that are acted upon included. */
  readonly marks: readonly Mark[];
  readonly due: readonly Due[];
  readonly recovered: readonly Mark[];
  readonly leftOut: number;
}

/** Marks that one report has room for. */
export const MOST_MARKS = 300;

/** Is it meant by what a person said is to be kept? */
export const isKept = ({ subject, workerId, key }: Pick<Mark, 'subject' | 'workerId' | 'key'>, { name }: Keep): boolean =>
  [subject, subject.slice(subject.lastIndexOf('/') + 1), workerId, key].includes(name);

/**
 * Two looks (I5, and no act on one answer): what is suspect for the first time is marked; what is marked for the same reason and long enough is due, unless it is
 * protected; what is suspect no more is let go; and a place that did not answer changes nothing, neither way. An act that is over does not clear its mark: only
 * a look that finds nothing wrong does, so an act that did nothing is repeated. Pure.
 */
export function reapPlan(
  { suspicions, looked }: Sight,
  before: readonly Mark[],
  keeps: readonly Keep[],
  now: Date,
  rules: ReapRules,
): ReapPlan {
  const standing = new Map(before.map((mark) => [mark.subject, mark]));
  const suspects = [...new Map(suspicions.map((suspicion) => [suspicion.subject, suspicion])).values()];
  const seen = new Set(suspects.map(({ subject }) => subject));
  const carried = before.filter(({ subject, place }) => !seen.has(subject) && !looked.has(place));
  const marked = suspects.map((suspicion) => ({ suspicion, mark: markOf(suspicion, standing.get(suspicion.subject), keeps, now) }));
  // Older marks first, so that those which come on top of a full report are the new ones.
  const room = Math.max(0, MOST_MARKS - carried.length);
  const kept = marked.toSorted((one, other) => one.mark.since.localeCompare(other.mark.since)).slice(0, room);
  return {
    marks: [...carried, ...kept.map(({ mark }) => mark)],
    due: kept.flatMap(({ suspicion, mark }) => dueOf(suspicion, mark, now, rules)),
    recovered: before.filter(({ subject, place }) => !seen.has(subject) && looked.has(place)),
    leftOut: marked.length - kept.length,
  };
}

function markOf(suspicion: Suspicion, before: Mark | undefined, keeps: readonly Keep[], now: Date): Mark {
  const { subject, kind, place, detail, fingerprint, workerId, key } = suspicion;
  const isSame = before !== undefined && before.kind === kind && before.fingerprint === fingerprint;
  const keptBy = suspicion.tagged ? 'tag' : keeps.find((keep) => isKept(suspicion, keep))?.by;
  return {
    ...{ subject, kind, place, detail: detail.slice(0, 500) },
    ...(fingerprint !== undefined && { fingerprint }),
    ...(workerId !== undefined && { workerId }),
    ...(key !== undefined && { key }),
    ...(isSame ? { since: before.since, looks: before.looks + 1 } : { since: now.toISOString(), looks: 1 }),
    ...(keptBy !== undefined && { keptBy }),
    ...(isSame && before.asked !== undefined && { asked: before.asked }),
    ...(isSame && before.actedAt !== undefined && { actedAt: before.actedAt }),
    ...(isSame && before.result !== undefined && { result: before.result }),
  };
}

function dueOf(suspicion: Suspicion, mark: Mark, now: Date, rules: ReapRules): readonly Due[] {
  const act = actOf(suspicion.kind);
  const isOld = now.getTime() - Date.parse(mark.since) >= rules.lookAgainSeconds * 1000;
  return mark.looks < 2 || !isOld || mark.keptBy !== undefined || act === 'ask-person' ? [] : [{ ...suspicion, act, mark }];
}
