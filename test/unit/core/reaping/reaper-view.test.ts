import { noticesOf } from '../../../../layers/core/api/reaper-view';
import type { Mark, ReapReport } from '../../../../layers/core/reaping/records';
import type { HistoryEvent } from '../../../../layers/core/records';

const AT = '2026-11-21T10:00:00.000Z';
const after = (hours: number): Date => new Date(Date.parse(AT) + hours * 3_600_000);
const mark = (more: Partial<Mark> = {}): Mark => ({
  ...{ subject: 'machine/droplet/99', kind: 'foreign-machine', place: 'provider/droplet', detail: 'web-1', since: AT, looks: 2 },
  ...more,
});
const report = (more: Partial<ReapReport> = {}): ReapReport => ({
  ...{ id: 'r', at: AT, listed: [], marks: [], acted: [], recovered: [], errors: [], leftOut: 0, ...more },
});
const mended = { at: AT, type: 'counter-mended', entityId: 'counter/total' } as HistoryEvent;

test.each([
  ['all is well', report(), [], 0, []],
  ['it looked two hours ago', report(), [], 2, []],
  ['it looked longer ago', report(), [], 2.1, ['reaper']],
  ['what a person decides, at its second look', report({ marks: [mark()] }), [], 0, ['machine/droplet/99']],
  ['the same at its first look', report({ marks: [mark({ looks: 1 })] }), [], 0, []],
  ['the same, kept', report({ marks: [mark({ keptBy: 'ana' })] }), [], 0, []],
  ['what the reaper ends by itself', report({ marks: [mark({ kind: 'orphan-machine' })] }), [], 0, []],
  ['a part that failed', report({ errors: [{ subject: 'jobs', error: 'away' }] }), [], 0, ['jobs']],
  ['a drift within a day', report({ at: after(24).toISOString() }), [mended], 24, ['counter/total']],
  ['an older drift', report({ at: after(25).toISOString() }), [mended], 25, []],
  ['another event', report(), [{ ...mended, type: 'reaped-orphan-machine' }], 0, []],
] as const)('%s', (_, last, events, hours, expected) => {
  expect(noticesOf(last, events, after(hours)).map(({ subject }) => subject)).toEqual(expected);
});
