import { ASSUMED_PACE } from '../../../../layers/core/planning/pace';
import { basisOf, providersHolding } from '../../../../layers/core/planning/plan-basis';
import { bytesOnDisk, diskGbFor } from '../../../../layers/core/planning/worker-disk';

const setting = { maxBytes: 200e9, maxRuns: 250, maxMinutes: 720, workerDiskGb: { droplet: 80 } };
const stage = { resources: { cpus: 1, memoryMb: 1, timeMinutes: 1440 } };
const fast = { secondsPerBatch: 10, secondsPerRun: 9, secondsPerByte: 1e-9 };

test.each([
  {
    name: 'the settings',
    providers: ['slurm'],
    expected: { maxBytes: 200e9, maxRuns: 250, maxSeconds: 43_200, pace: ASSUMED_PACE, learnedFrom: 0 },
  },
  { name: 'the disk of the smallest worker that it may go to', providers: ['slurm', 'droplet'], expected: { maxBytes: 33.5e9 } },
  { name: 'the time limit of the stage', providers: ['slurm'], timeMinutes: 30, expected: { maxSeconds: 1800 } },
  { name: 'what was learned of its provider', providers: ['slurm'], known: ['slurm'], expected: { pace: fast, learnedFrom: 5 } },
  { name: 'not what was learned of another', providers: ['slurm'], known: ['droplet'], expected: { pace: ASSUMED_PACE, learnedFrom: 0 } },
  {
    name: 'the slowest of several, part by part, which is as good as the one known least',
    providers: ['slurm', 'droplet'],
    known: ['slurm'],
    expected: { pace: { ...ASSUMED_PACE, secondsPerRun: 9 }, learnedFrom: 0 },
  },
  { name: 'the assumed pace where it may go nowhere', providers: [], expected: { pace: ASSUMED_PACE, learnedFrom: 0 } },
])('a plan is cut by $name', ({ providers, timeMinutes = 1440, known = [], expected }) => {
  const paces = known.map((provider) => ({ provider, pace: fast, learnedFrom: 5 }));
  expect(basisOf(setting, { resources: { ...stage.resources, timeMinutes } }, providers, paces)).toMatchObject(expected);
});

test('what a disk has room for is what is asked for', () => {
  for (const diskGb of [14, 80, 900, 7200]) expect(diskGbFor(bytesOnDisk(diskGb)) + 5).toBeLessThanOrEqual(diskGb);
  expect(bytesOnDisk(10)).toBe(0);
});

test.each([
  { bytes: 1e9, holding: ['slurm', 'droplet'] },
  { bytes: 50e9, holding: ['slurm'] },
])('$bytes bytes go where there is room', ({ bytes, holding }) => {
  expect(providersHolding(['slurm', 'droplet'], bytes, setting.workerDiskGb)).toEqual(holding);
});
test('where no worker has room the attempt has to say so', () => {
  expect(providersHolding(['droplet'], 50e9, setting.workerDiskGb)).toEqual(['droplet']);
});
