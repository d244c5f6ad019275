import type { LearnedPace } from '../records';
import { ASSUMED_PACE, type Pace } from './pace';
import type { KnownPace } from './plan-basis';

/** What a finished batch tells: what its job did, and how long it took. */
export interface PaceSample {
  readonly runs: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** So many batches have to agree before what they tell counts. */
export const BATCHES_NEEDED = 3;
const GB = 1e9;
/** The assumed pace, and how far off it may be: seconds for a batch, a run, a gigabyte. */
const PRIOR = [ASSUMED_PACE.secondsPerBatch, ASSUMED_PACE.secondsPerRun, ASSUMED_PACE.secondsPerByte * GB] as const;
const PRIOR_DEVIATION = [120, 10, 100] as const;
/** A batch takes as long as the pace says, give or take this share, and some seconds. */
const NOISE = { share: 0.15, seconds: 5 };
/** A batch further off than this many deviations counts for less. */
const MOST_DEVIATIONS = 2.5;
/** Each figure may drift by this share from one batch to the next, so that a network that changes is followed. */
const DRIFT = 0.015;

type Vector = readonly number[];
const dot = (one: Vector, other: Vector): number => one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);
const times = (matrix: Vector, vector: Vector): Vector => [0, 1, 2].map((row) => dot(matrix.slice(3 * row, 3 * row + 3), vector));
const START = {
  batches: 0,
  seconds: [...PRIOR],
  covariance: [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => (row === column ? (PRIOR_DEVIATION[row] ?? 0) ** 2 : 0))),
};

/**
 * The pace after one more batch: recursive least squares from the assumed pace on, in which no single batch counts for more than a
 * bounded surprise. Pure; what it learns from is for the caller to choose.
 */
export function learned(
  before: Pick<LearnedPace, 'batches' | 'seconds' | 'covariance'> = START,
  { runs, bytes, seconds }: PaceSample,
): Pick<LearnedPace, 'batches' | 'seconds' | 'covariance'> {
  const work = [1, runs, bytes / GB];
  const expected = Math.max(0, dot(work, before.seconds));
  const drifted = before.covariance.map((value, at) => value + (at % 4 === 0 ? driftOf(at / 4, before.seconds[at / 4] ?? 0, value) : 0));
  const spread = times(drifted, work);
  const noise = (NOISE.seconds + NOISE.share * expected) ** 2;
  const surprise = seconds - dot(work, before.seconds);
  const deviations = Math.abs(surprise) / Math.sqrt(dot(work, spread) + noise);
  // The further off, the noisier it counts: its pull is bounded, and it makes nobody surer.
  const variance = dot(work, spread) + noise * Math.max(1, deviations / MOST_DEVIATIONS);
  return {
    batches: before.batches + 1,
    seconds: before.seconds.map((value, at) => value + ((spread[at] ?? 0) * surprise) / variance),
    covariance: drifted.map((value, at) => value - ((spread[Math.floor(at / 3)] ?? 0) * (spread[at % 3] ?? 0)) / variance),
  };
}

/** How much less sure a figure is by the next batch; never less than at first. */
const driftOf = (figure: number, value: number, variance: number): number =>
  Math.max(0, Math.min((DRIFT * value) ** 2, (PRIOR_DEVIATION[figure] ?? 0) ** 2 - variance));

/** The pace to plan by: what was learned, once enough batches have told; until then the assumed one. Pure. */
export function knownPace(provider: string, record: Pick<LearnedPace, 'batches' | 'seconds'> | undefined): KnownPace {
  if (record === undefined || record.batches < BATCHES_NEEDED) return { provider, pace: ASSUMED_PACE, learnedFrom: 0 };
  // Where two figures cannot be told apart, one may come out below nothing.
  const [secondsPerBatch = 0, secondsPerRun = 0, secondsPerGb = 0] = record.seconds.map((value) => Math.max(0, value));
  const pace: Pace = { secondsPerBatch, secondsPerRun, secondsPerByte: secondsPerGb / GB };
  return { provider, pace, learnedFrom: record.batches };
}
