import { bytesText, dollarsText, durationText, exactText, plural, relativeText } from '../../../../functions/serve-page/page/words';

const NOW = '2026-11-21T10:00:00.000Z';

test.each([
  [-5, '0 s'],
  [0, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [3_599, '59 min'],
  [3_600, '1 h'],
  [11_100, '3 h 5 min'],
  [86_400, '1 d'],
  [187_200, '2 d 4 h'],
])('%d seconds read as %s', (seconds, text) => expect(durationText(seconds)).toBe(text));

test.each([
  ['2026-11-21T09:59:59.000Z', 'now'],
  ['2026-11-21T09:57:00.000Z', '3 min ago'],
  ['2026-11-21T12:30:00.000Z', 'in 2 h 30 min'],
])('%s reads as %s', (time, text) => expect(relativeText(time, Date.parse(NOW))).toBe(text));

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [48_000_000_000, '48.0 GB'],
  [123_456_789, '123 MB'],
  [2e18, '2000 PB'],
])('%d bytes read as %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));

test.each([
  [0, '$0.00'],
  [0.01786, '$0.0179'],
  [1.5, '$1.50'],
])('%d dollars read as %s', (dollars, text) => expect(dollarsText(dollars)).toBe(text));

test('one is not many, and a time is exact to the second', () => {
  expect([plural(1, 'run'), plural(0, 'run'), plural(2, 'run')]).toEqual(['1 run', '0 runs', '2 runs']);
  expect(exactText(NOW)).toBe('2026-11-21 10:00:00 UTC');
});
