import fc from 'fast-check';
import { secondsOf } from '../../../../layers/core/planning/pace';
import { makespanRatio, planBatches, type PlanCaps } from '../../../../layers/core/planning/plan-batches';

const Pace = fc.record({
  secondsPerBatch: fc.integer({ min: 0, max: 50 }),
  secondsPerRun: fc.integer({ min: 0, max: 20 }),
  secondsPerByte: fc.constantFrom(0, 0.01, 0.1, 1),
});
const Caps: fc.Arbitrary<PlanCaps> = fc
  .record({
    maxRuns: fc.integer({ min: 1, max: 20 }),
    maxBytes: fc.integer({ min: 1, max: 5000 }),
    workers: fc.integer({ min: 1, max: 12 }),
    minBytes: fc.integer({ min: 0, max: 1000 }),
    time: fc.option(fc.record({ maxSeconds: fc.integer({ min: 1, max: 800 }), pace: Pace })),
  })
  .map(({ time, ...caps }) => (time === null ? caps : { ...caps, time }));
const runsOf = (sizes: readonly number[]) => sizes.map((bytes, at) => ({ accession: `ERR${100000 + at}`, bytes }));
/** Sizes as they are: many alike, a few giants, and everything between. */
const Size = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2000, max: 6000 }));
const Runs = fc.array(Size, { maxLength: 80 }).map(runsOf);

const secondsIn = ({ time }: PlanCaps, runs: number, bytes: number): number => (time === undefined ? 0 : secondsOf(time.pace, runs, bytes));
const totalOf = (runs: readonly { readonly bytes: number }[]): number => runs.reduce((sum, { bytes }) => sum + bytes, 0);
/** What each cap asks for by itself. */
function lowerBound(runs: readonly { readonly bytes: number }[], caps: PlanCaps): number {
  const bytes = totalOf(runs);
  const room = caps.time === undefined ? Infinity : caps.time.maxSeconds - caps.time.pace.secondsPerBatch;
  const work = secondsIn(caps, runs.length, bytes) - secondsIn(caps, 0, 0);
  const byTime = room > 0 ? Math.ceil(work / room) : runs.length;
  return Math.max(caps.workers, Math.ceil(bytes / caps.maxBytes), Math.ceil(runs.length / caps.maxRuns), byTime);
}

describe('a plan', () => {
  it('loses no run, doubles none, keeps every cap unless a single run is beyond it, and has no empty batch', () => {
    fc.assert(
      fc.property(Runs, Caps, (runs, caps) => {
        const batches = planBatches(runs, caps);
        const planned = batches.flatMap((batch) => batch.runs.map(({ accession }) => accession)).sort();
        expect(planned).toEqual(runs.map(({ accession }) => accession));
        for (const batch of batches) {
          expect(batch.runs.length).toBeGreaterThan(0);
          expect(batch.runs.length).toBeLessThanOrEqual(caps.maxRuns);
          expect(batch.bytes).toBe(totalOf(batch.runs));
          const seconds = secondsIn(caps, batch.runs.length, batch.bytes);
          expect(batch.load).toBeCloseTo(caps.time === undefined ? batch.bytes : seconds, 6);
          if (batch.runs.length === 1) continue;
          expect(batch.bytes).toBeLessThanOrEqual(caps.maxBytes);
          if (caps.time !== undefined) expect(seconds).toBeLessThanOrEqual(caps.time.maxSeconds + 1e-6);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('has at most twice as many batches as workers or any one cap asks for', () => {
    fc.assert(
      fc.property(Runs, Caps, (runs, caps) => {
        expect(planBatches(runs, caps).length).toBeLessThanOrEqual(2 * lowerBound(runs, caps));
      }),
      { numRuns: 3000 },
    );
  });

  it('is the same for the same runs in any order', () => {
    fc.assert(
      fc.property(
        Runs.chain((runs) => fc.tuple(fc.constant(runs), fc.shuffledSubarray(runs, { minLength: runs.length }))),
        Caps,
        ([runs, other], caps) => {
          expect(planBatches(other, caps)).toEqual(planBatches(runs, caps));
        },
      ),
    );
  });

  const pace = { secondsPerBatch: 60, secondsPerRun: 2, secondsPerByte: 1 / 30e6 };
  const usual: PlanCaps = { maxRuns: 250, maxBytes: 200e9, workers: 10, minBytes: 500e6, time: { maxSeconds: 12 * 3600, pace } };
  it.each<{ name: string; sizes: readonly number[]; caps?: Partial<PlanCaps>; batches: readonly (readonly [number, number])[] }>([
    { name: 'nothing: no batch', sizes: [], batches: [] },
    { name: 'a lone run: one batch', sizes: [7], batches: [[1, 7]] },
    { name: 'one giant run, beyond every cap: a batch of its own', sizes: [9e12], batches: [[1, 9e12]] },
    {
      name: 'a giant among small ones stays alone; two of the small take longer',
      sizes: [50, 500, 60],
      caps: { maxBytes: 200 },
      batches: [
        [2, 110],
        [1, 500],
      ],
    },
    {
      name: 'a thousand tiny runs: as few batches as the number of runs allows',
      sizes: Array<number>(1000).fill(10),
      batches: Array(4).fill([250, 2500]) as [number, number][],
    },
    {
      name: 'equal runs: the same for each worker',
      sizes: Array<number>(100).fill(1e9),
      batches: Array(10).fill([10, 1e10]) as [number, number][],
    },
    {
      name: 'a long time for each run: bounded by the minutes, as many runs in each',
      sizes: Array<number>(100).fill(10),
      caps: { workers: 1, time: { maxSeconds: 300, pace: { ...pace, secondsPerRun: 10 } } },
      batches: [...Array<[number, number]>(0), ...(Array(5).fill([20, 200]) as [number, number][])],
    },
    {
      name: 'a run that alone takes longer than a batch may',
      sizes: [6e10, 3e10, 10],
      caps: { workers: 1, time: { maxSeconds: 1200, pace } },
      batches: [
        [1, 6e10],
        [2, 3e10 + 10],
      ],
    },
    {
      name: 'small runs that gather beside a large one keep the number of runs',
      sizes: [1000, ...Array<number>(9).fill(1)],
      caps: {
        maxRuns: 5,
        maxBytes: 2000,
        workers: 1,
        minBytes: 0,
        time: { maxSeconds: 1e9, pace: { ...pace, secondsPerRun: 0, secondsPerByte: 1 } },
      },
      batches: [
        [5, 1004],
        [5, 5],
      ],
    },
  ])('$name', ({ sizes, caps = {}, batches }) => {
    const plan = planBatches(runsOf(sizes), { ...usual, ...caps });
    expect(plan.map((batch) => [batch.runs.length, batch.bytes])).toEqual(batches);
  });

  it('gives a batch that had too many bytes for one run a smaller one later', () => {
    const plan = planBatches(runsOf([90, 30, 30, 20, 4, 3]), {
      ...{ maxRuns: 4, maxBytes: 95, workers: 1, minBytes: 0 },
      time: { maxSeconds: 1000, pace: { secondsPerBatch: 0, secondsPerRun: 100, secondsPerByte: 1 } },
    });
    expect(plan.map(({ runs }) => runs.map(({ bytes }) => bytes))).toEqual([
      [30, 30, 20, 4],
      [90, 3],
    ]);
  });

  it('is not cut into pieces that are not worth a worker', () => {
    const runs = runsOf(Array<number>(100).fill(10));
    const plan = (minBytes: number) => planBatches(runs, { maxRuns: 1000, maxBytes: 1e9, workers: 50, minBytes }).length;
    expect([plan(0), plan(100), plan(5000)]).toEqual([50, 10, 1]);
  });
});

describe('the makespan ratio', () => {
  it.each([
    { name: 'equal batches for all workers are perfect', batches: [5, 5, 5], workers: 3, largest: 5, ratio: 1 },
    { name: 'one batch too many doubles it', batches: [5, 5, 5, 5], workers: 3, largest: 5, ratio: 1.5 },
    { name: 'a batch goes to the worker that is free first', batches: [6, 3, 3, 2], workers: 2, largest: 1, ratio: 8 / 7 },
    { name: 'the largest run bounds the best there can be', batches: [9, 1], workers: 50, largest: 9, ratio: 1 },
    { name: 'nothing to do is perfect', batches: [], workers: 5, largest: 0, ratio: 1 },
  ])('$name', ({ batches, workers, largest, ratio }) => {
    expect(makespanRatio(batches, workers, largest)).toBeCloseTo(ratio, 10);
  });
});
