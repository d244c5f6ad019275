import * as fc from 'fast-check';
import { actOf, SUSPECT_NAMES } from '../../../../layers/core/reaping/kinds';
import { MOST_MARKS, reapPlan } from '../../../../layers/core/reaping/reap-plan';
import type { Keep, Mark } from '../../../../layers/core/reaping/records';
import { REAP_RULES, type Suspicion } from '../../../../layers/core/reaping/suspects';

const START = Date.parse('2026-11-21T08:00:00.000Z');
const at = (seconds: number): Date => new Date(START + seconds * 1000);
const orphan = (ref: string, with_: Partial<Suspicion> = {}): Suspicion => ({
  ...{ kind: 'orphan-machine', subject: `machine/droplet/${ref}`, place: 'provider/droplet', detail: 'x', key: `trawl.${ref}` },
  ...with_,
});
const seen = (...places: readonly string[]): ReadonlySet<string> => new Set(places);
const ALL = seen('provider/droplet', 'table');
const plan = (suspicions: readonly Suspicion[], before: readonly Mark[], seconds: number, looked = ALL, keeps: readonly Keep[] = []) =>
  reapPlan({ suspicions, looked }, before, keeps, at(seconds), REAP_RULES);
const keep = (name: string): Keep => ({ name, by: 'ana', at: at(0).toISOString() });

test('what is suspect for the first time is marked, and acted upon when it is so at the next look', () => {
  const first = plan([orphan('1')], [], 0);
  expect(first).toMatchObject({ marks: [{ looks: 1, since: at(0).toISOString() }], due: [] });
  const second = plan([orphan('1')], first.marks, 60);
  expect(second).toMatchObject({
    marks: [{ looks: 2, since: at(0).toISOString() }],
    due: [{ act: 'destroy', subject: 'machine/droplet/1' }],
  });
});

test('two looks in one breath are one', () => {
  expect(plan([orphan('1')], plan([orphan('1')], [], 0).marks, 5).due).toEqual([]);
});

test('what recovered is let go, and starts anew when it is suspect again', () => {
  const first = plan([orphan('1')], [], 0);
  const second = plan([], first.marks, 60);
  expect(second).toMatchObject({ marks: [], recovered: [{ subject: 'machine/droplet/1' }] });
  expect(plan([orphan('1')], second.marks, 120).due).toEqual([]);
});

test('a place that did not answer neither condemns nor clears', () => {
  const first = plan([orphan('1')], [], 0);
  const second = plan([], first.marks, 60, seen('table'));
  expect(second).toEqual({ marks: first.marks, due: [], recovered: [], leftOut: 0 });
});

test.each([
  { name: 'another reason', again: orphan('1', { kind: 'late-machine' }) },
  { name: 'another difference', again: orphan('1', { fingerprint: '+1 workers' }) },
])('for $name it is marked anew', ({ again }) => {
  const second = plan([again], plan([orphan('1')], [], 0).marks, 60);
  expect(second).toMatchObject({ marks: [{ looks: 1, since: at(60).toISOString() }], due: [] });
});

test.each([
  { name: 'by its tag', suspicion: orphan('1', { tagged: true }), keeps: [], by: 'tag' },
  { name: 'by its subject', suspicion: orphan('1'), keeps: [keep('machine/droplet/1')], by: 'ana' },
  { name: 'by its number', suspicion: orphan('1'), keeps: [keep('1')], by: 'ana' },
  { name: 'by its name', suspicion: orphan('1'), keeps: [keep('trawl.1')], by: 'ana' },
  { name: 'by its worker', suspicion: orphan('1', { workerId: 'study-PRJEB1.1.1.a1' }), keeps: [keep('study-PRJEB1.1.1.a1')], by: 'ana' },
])('what is kept $name is shown and left alone', ({ suspicion, keeps, by }) => {
  const second = plan([suspicion], plan([suspicion], [], 0, ALL, keeps).marks, 600, ALL, keeps);
  expect(second).toMatchObject({ marks: [{ keptBy: by, looks: 2 }], due: [] });
});

test('another name keeps nothing', () => {
  expect(plan([orphan('12')], plan([orphan('12')], [], 0).marks, 60, ALL, [keep('1')]).due).toHaveLength(1);
});

test('what an act came to stays with the mark, and the act is repeated until a look finds nothing', () => {
  const marks = plan([orphan('1')], [], 0).marks.map((mark) => ({ ...mark, looks: 2, actedAt: at(60).toISOString(), result: 'done' }));
  expect(plan([orphan('1')], marks, 120)).toMatchObject({ marks: [{ looks: 3, result: 'done' }], due: [{ act: 'destroy' }] });
});

test('a report has room for so many, and the oldest stay in it', () => {
  const old = plan([orphan('0')], [], 0).marks;
  const many = Array.from({ length: MOST_MARKS + 4 }, (_, index) => orphan(String(index + 1)));
  const next = plan([...many, orphan('0')], old, 60);
  expect(next).toMatchObject({ leftOut: 5, due: [{ subject: 'machine/droplet/0' }] });
  expect(next.marks).toHaveLength(MOST_MARKS);
});

const subject = fc.constantFrom('a', 'b', 'c', 'd');
const place = fc.constantFrom('table', 'executions', 'provider/droplet');
const suspicion = fc.record({ subject, place, kind: fc.constantFrom(...SUSPECT_NAMES), tagged: fc.boolean() }).map((fields): Suspicion => ({
  ...fields,
  place: { a: 'table', b: 'executions', c: 'table', d: 'provider/droplet' }[fields.subject],
  detail: 'x',
}));
const look = fc.record({
  suspicions: fc.array(suspicion, { maxLength: 5 }),
  places: fc.uniqueArray(place),
  seconds: fc.integer({ min: 1, max: 90 }),
});

test('whatever is seen in whatever order: no act without two looks that agree, none on what is kept, one mark for each subject', () => {
  const run = (looks: readonly { suspicions: readonly Suspicion[]; places: readonly string[]; seconds: number }[], kept: string): void => {
    let [marks, time]: [readonly Mark[], number] = [[], 0];
    /** Since when each subject was seen for the same reason, by a bookkeeping of the test's own. */
    const same = new Map<string, { kind: string; since: number }>();
    for (const { suspicions, places, seconds } of looks) {
      time += seconds;
      // A place that did not answer shows nothing.
      const shown = suspicions.filter((one) => places.includes(one.place));
      const next = plan(shown, marks, time, new Set(places), [keep(kept)]);
      const last = new Map(shown.map((one) => [one.subject, one]));
      for (const [name, one] of last) if (same.get(name)?.kind !== one.kind) same.set(name, { kind: one.kind, since: time });
      const isCleared = (name: string): boolean =>
        !last.has(name) && marks.some((mark) => mark.subject === name && places.includes(mark.place));
      for (const name of [...same.keys()]) if (isCleared(name)) same.delete(name);
      for (const due of next.due) {
        expect(time - (same.get(due.subject)?.since ?? Infinity)).toBeGreaterThanOrEqual(REAP_RULES.lookAgainSeconds);
        expect([due.act, due.tagged, due.subject === kept]).toEqual([actOf(due.kind), false, false]);
      }
      expect(new Set(next.marks.map((mark) => mark.subject)).size).toBe(next.marks.length);
      ({ marks } = next);
    }
  };
  fc.assert(fc.property(fc.array(look, { maxLength: 12 }), subject, run));
});
