/** How long a batch takes: what the planner bounds batches by, and what people are told. */
import { z } from 'zod';

const Seconds = z.number().nonnegative();
/** Seconds that a job takes: for itself, for each run, for each byte. */
export const Pace = z.object({ secondsPerBatch: Seconds, secondsPerRun: Seconds, secondsPerByte: Seconds });
export type Pace = z.infer<typeof Pace>;

/** What is assumed until batches have told better: Nextflow's start, a task for each run, 30 megabytes a second. */
export const ASSUMED_PACE: Pace = { secondsPerBatch: 60, secondsPerRun: 2, secondsPerByte: 1 / 30e6 };

export const secondsOf = ({ secondsPerBatch, secondsPerRun, secondsPerByte }: Pace, runs: number, bytes: number): number =>
  secondsPerBatch + secondsPerRun * runs + secondsPerByte * bytes;

/** The slowest of several, part by part: what holds wherever a batch may run. */
export const slowestOf = (paces: readonly Pace[]): Pace => {
  const [first = ASSUMED_PACE, ...others] = paces;
  return others.reduce(
    (slow, pace) => ({
      secondsPerBatch: Math.max(slow.secondsPerBatch, pace.secondsPerBatch),
      secondsPerRun: Math.max(slow.secondsPerRun, pace.secondsPerRun),
      secondsPerByte: Math.max(slow.secondsPerByte, pace.secondsPerByte),
    }),
    first,
  );
};
