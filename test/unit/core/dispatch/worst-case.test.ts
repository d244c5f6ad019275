import { diskGbFor, lifeSeconds, worstDollars } from '../../../../layers/core/dispatch/worst-case';

const resources = { cpus: 1, memoryMb: 100, timeMinutes: 60 };

test('a worker lives as long as its start is waited for, then its work and a margin', () => {
  expect(lifeSeconds(900, resources)).toBe(4 * 900 + 3600 + 900);
});

test.each([
  // An hour more until it is surely gone.
  ['an hour begun counts whole', { seconds: 3601, bytes: 0 }, { dollarsPerHour: 0.5, egressDollarsPerGib: 0 }, 1.5],
  ['whole hours are no more', { seconds: 3600, bytes: 0 }, { dollarsPerHour: 0.5, egressDollarsPerGib: 0 }, 1],
  ['all its bytes leave it', { seconds: 3600, bytes: 100 * 1024 ** 3 }, { dollarsPerHour: 0, egressDollarsPerGib: 0.01 }, 1],
  ['a sum is never rounded down', { seconds: 3600, bytes: 1 }, { dollarsPerHour: 0, egressDollarsPerGib: 0.01 }, 0.0001],
  ['what costs nothing is nothing', { seconds: 1e6, bytes: 1e12 }, { dollarsPerHour: 0, egressDollarsPerGib: 0 }, 0],
])('%s', (_, worker, rate, dollars) => {
  expect(worstDollars(worker, rate)).toBe(dollars);
});

test('its disk holds its files twice, and a system', () => {
  expect(diskGbFor(0)).toBe(8);
  expect(diskGbFor(100e9)).toBe(208);
});
