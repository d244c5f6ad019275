import fc from 'fast-check';
import { isMarked, restated, WARNING_EVENTS, warningKind, WARNINGS, withWarning, type WarningEvent } from '../../../layers/core/warnings';

const codes = Object.keys(WARNINGS) as (keyof typeof WARNINGS)[];
const Before = fc.uniqueArray(fc.constantFrom(...codes, 'of-another-version')).map((some) => some.map((code) => ({ code, detail: 'old' })));
const Event = fc.constantFrom(...(Object.keys(WARNING_EVENTS) as WarningEvent[]));
const codesOf = (event: WarningEvent) => codes.filter((code) => WARNINGS[code].clearedBy === event);

test('an event says anew what is true of its own codes, and leaves the others as they were', () => {
  fc.assert(
    fc.property(
      Before,
      Event.chain((event) => fc.tuple(fc.constant(event), fc.subarray(codesOf(event)))),
      (before, [event, raised]) => {
        const nowTrue = raised.map((code) => ({ code, detail: 'new' })) as never[];
        const after = restated(before, event, nowTrue);
        expect(after.filter(({ detail }) => detail === 'new').map(({ code }) => code)).toEqual(raised);
        expect(after.filter(({ detail }) => detail === 'old')).toEqual(before.filter(({ code }) => warningKind(code)?.clearedBy !== event));
        expect(restated(after, event, nowTrue)).toEqual(after);
      },
    ),
  );
});

test.each(codes)('%s clears by its event', (code) => {
  expect(restated([{ code, detail: '' }], WARNINGS[code].clearedBy, [])).toEqual([]);
});

test('one that stands already stays as it is, so that its first detail is kept', () => {
  const first = withWarning([], { code: 'retry-needed', detail: 'first' });
  expect(withWarning(first, { code: 'retry-needed', detail: 'second' })).toBe(first);
  expect(withWarning(first, { code: 'sweep-recovered', detail: '' }).map(({ code }) => code)).toEqual(['retry-needed', 'sweep-recovered']);
});

test.each([
  { name: 'nothing', given: [], marked: false },
  { name: 'what is worth knowing', given: ['retry-needed', 'excluded-share', 'values-invalid'], marked: false },
  { name: 'what is wrong', given: ['retry-needed', 'runs-failed'], marked: true },
  { name: 'a code of another version', given: ['of-another-version'], marked: true },
  { name: 'a code that is a name of every object', given: ['constructor'], marked: true },
])('a source is a warning by $name: $marked', ({ given, marked }) => {
  expect(isMarked(given.map((code) => ({ code, detail: '' })))).toBe(marked);
});

test('a detail is cut to what a line can hold', () => {
  expect(restated([], 'published', [{ code: 'runs-open', detail: 'x'.repeat(5000) }])[0]?.detail).toHaveLength(500);
});
