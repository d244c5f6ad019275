import fc from 'fast-check';
import { BATCHES_NEEDED, knownPace, learned, type PaceSample } from '../../../../layers/core/planning/learn-pace';
import { ASSUMED_PACE, secondsOf, type Pace } from '../../../../layers/core/planning/pace';
import { sampleOf } from '../../../../layers/core/use-cases/learn-from-attempt';

type Record = ReturnType<typeof learned>;
const Work = fc.record({
  runs: fc.integer({ min: 1, max: 250 }),
  bytes: fc.integer({ min: 1e8, max: 2e11 }),
  noise: fc.double({ min: 0.95, max: 1.05, noNaN: true }),
});
const Works = (least: number) => fc.array(Work, { minLength: least, maxLength: 80 });
const Truth = fc.record({
  secondsPerBatch: fc.double({ min: 5, max: 600, noNaN: true }),
  secondsPerRun: fc.double({ min: 0.1, max: 60, noNaN: true }),
  secondsPerByte: fc.double({ min: 1e-9, max: 1e-6, noNaN: true }),
});
const after = (truth: Pace, works: readonly (typeof Work extends fc.Arbitrary<infer W> ? W : never)[]): Record | undefined =>
  works.reduce<Record | undefined>(
    (before, { runs, bytes, noise }) => learned(before, { runs, bytes, seconds: noise * secondsOf(truth, runs, bytes) }),
    undefined,
  );
const USUAL: Pick<PaceSample, 'runs' | 'bytes'> = { runs: 100, bytes: 5e10 };
const predicted = (record: Record | undefined): number => secondsOf(knownPace('slurm', record).pace, USUAL.runs, USUAL.bytes);

test('after a few dozen batches a usual one is foretold, however far off the assumed pace was', () => {
  fc.assert(
    fc.property(Truth, Works(60), (truth, works) => {
      const ratio = predicted(after(truth, works)) / secondsOf(truth, USUAL.runs, USUAL.bytes);
      expect(ratio).toBeGreaterThan(0.8);
      expect(ratio).toBeLessThan(1.25);
    }),
    { numRuns: 200 },
  );
});

test.each([
  { name: 'a hundred times as long', factor: 100 },
  { name: 'no time at all', factor: 1e-3 },
])('one batch that takes $name moves what is foretold by less than a tenth', ({ factor }) => {
  fc.assert(
    fc.property(Truth, Works(30), (truth, works) => {
      const before = after(truth, works);
      const odd = learned(before, { ...USUAL, seconds: factor * secondsOf(truth, USUAL.runs, USUAL.bytes) });
      expect(Math.abs(predicted(odd) / predicted(before) - 1)).toBeLessThan(0.1);
    }),
    { numRuns: 200 },
  );
});

test('never a negative time, whatever is told', () => {
  const Told = fc.array(
    fc.record({
      runs: fc.integer({ min: 1, max: 250 }),
      bytes: fc.integer({ min: 1, max: 1e13 }),
      seconds: fc.double({ min: 0.001, max: 1e7, noNaN: true }),
    }),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(Told, (told) => {
      const record = told.reduce<Record | undefined>((before, sample) => learned(before, sample), undefined);
      for (const value of Object.values(knownPace('slurm', record).pace)) expect(value).toBeGreaterThanOrEqual(0);
      for (const at of [0, 4, 8]) expect(record?.covariance[at]).toBeGreaterThan(0);
    }),
  );
});

test('a slower network is followed', () => {
  const works = Array.from({ length: 60 }, (_, at) => ({ runs: 10 + (at % 7) * 30, bytes: 1e10 + (at % 11) * 1e10, noise: 1 }));
  const fast = after(ASSUMED_PACE, works);
  const slow = { ...ASSUMED_PACE, secondsPerByte: 2 * ASSUMED_PACE.secondsPerByte };
  const followed = works.reduce((before, { runs, bytes }) => learned(before, { runs, bytes, seconds: secondsOf(slow, runs, bytes) }), fast);
  expect(predicted(followed) / secondsOf(slow, USUAL.runs, USUAL.bytes)).toBeCloseTo(1, 1);
});

test('what is assumed holds until three batches have told', () => {
  let record: Record | undefined;
  const told = [0, 1, 2, 3].map((count) => {
    if (count > 0) record = learned(record, { runs: 10, bytes: 1e10, seconds: 4000 });
    const { pace, learnedFrom } = knownPace('slurm', record);
    return { isAssumed: pace === ASSUMED_PACE, learnedFrom };
  });
  expect(BATCHES_NEEDED).toBe(3);
  expect(told).toEqual([...Array<unknown>(3).fill({ isAssumed: true, learnedFrom: 0 }), { isAssumed: false, learnedFrom: 3 }]);
});

const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
const whole = {
  manifest: { runs: [{ files: [{ bytes: 7 }, { bytes: 3 }] }, { files: [{ bytes: 5 }] }], earlierWorkers: [] as string[] },
  settlement: { decision: { event: 'complete' as string }, cause: 'finished' },
  report: { startedAt: at(100), endedAt: at(160) } as { startedAt: string; endedAt: string } | undefined,
};
test.each([
  { name: 'one that brought everything tells its runs, bytes and seconds', with_: {}, expected: { runs: 2, bytes: 15, seconds: 60 } },
  { name: 'one that failed tells nothing', with_: { settlement: { decision: { event: 'retry' }, cause: 'slurm-node-fail' } } },
  {
    name: 'one that brought everything though its job was lost tells nothing',
    with_: { settlement: { decision: { event: 'complete' }, cause: 'job-lost' } },
  },
  { name: 'one that went on from an earlier attempt tells nothing', with_: { manifest: { ...whole.manifest, earlierWorkers: ['w'] } } },
  { name: 'one without a report tells nothing', with_: { report: undefined } },
  { name: 'one whose clock went back tells nothing', with_: { report: { startedAt: at(160), endedAt: at(100) } } },
  { name: 'one with times that are none tells nothing', with_: { report: { startedAt: 'x', endedAt: 'y' } } },
])('of attempts, $name', ({ with_, expected }) => {
  const { manifest, settlement, report } = { ...whole, ...with_ };
  expect(sampleOf(manifest as never, settlement as never, report)).toEqual(expected);
});
