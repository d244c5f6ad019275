import { actOf, SUSPECT_KINDS } from '../reaping/kinds';
import { INSTALLATION_EVENTS, type ReapReport } from '../reaping/records';
import type { HistoryEvent } from '../records';
import type { Deps } from '../use-cases/deps';

export interface ReaperNotice {
  readonly subject: string;
  /** What is wrong, in words. */
  readonly text: string;
}
/** What of the reaper concerns a person. */
export interface ReaperView {
  /** Its last look. */
  readonly at: string;
  readonly marks: number;
  readonly notices: readonly ReaperNotice[];
}

const HOUR_MILLISECONDS = 3_600_000;
/** Longer than any schedule that the configuration allows: then nobody looks. */
const STALE_HOURS = 2;
const DRIFT_HOURS = 24;
const RECENT = 20;

/** Undefined before its first cycle. Read only. */
export async function reaperView({ stores, now }: Pick<Deps, 'stores' | 'now'>): Promise<ReaperView | undefined> {
  const [report, { items }] = await Promise.all([stores.reaps.report(), stores.events.ofSource(INSTALLATION_EVENTS, { limit: RECENT })]);
  if (report === undefined) return undefined;
  return { at: report.at, marks: report.marks.length, notices: noticesOf(report, items, now()) };
}

/** Pure. */
export function noticesOf(report: ReapReport, events: readonly HistoryEvent[], now: Date): readonly ReaperNotice[] {
  const hoursSince = (time: string): number => (now.getTime() - Date.parse(time)) / HOUR_MILLISECONDS;
  const stale = hoursSince(report.at) > STALE_HOURS ? [{ subject: 'reaper', text: `it has not looked since ${report.at}` }] : [];
  const asked = report.marks
    .filter(({ kind, looks, keptBy }) => actOf(kind) === 'ask-person' && looks > 1 && keptBy === undefined)
    .map(({ subject, kind, detail }) => ({ subject, text: `${kind}: ${detail}; ${SUSPECT_KINDS[kind].text}` }));
  const failed = report.errors.map(({ subject, error }) => ({ subject, text: `could not be looked at or acted upon: ${error}` }));
  const drifted = events
    .filter(({ type, at }) => type === 'counter-mended' && hoursSince(at) <= DRIFT_HOURS)
    .map(({ entityId, at, detail = '' }) => ({ subject: entityId, text: `was mended at ${at}: ${detail}` }));
  return [...stale, ...asked, ...failed, ...drifted];
}
