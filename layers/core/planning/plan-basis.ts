import { z } from 'zod';
import type { BatchSetting } from '../settings';
import type { Stage } from '../wire';
import { ASSUMED_PACE, Pace, slowestOf } from './pace';
import { MIN_BATCH_BYTES, type PlanCaps } from './plan-batches';
import { bytesOnDisk } from './worker-disk';

/** `plans/<slug>.<cycle>.basis.json`: what a plan was cut by. Written before the plan, so that planning again gives the same batches. */
export const PlanBasis = z.object({
  v: z.literal(1),
  maxRuns: z.number().int().positive(),
  maxBytes: z.number().int().positive(),
  maxSeconds: z.number().positive(),
  pace: Pace,
  /** Batches that the pace was learned from; 0: it is assumed. */
  learnedFrom: z.number().int().nonnegative(),
});
export type PlanBasis = z.infer<typeof PlanBasis>;

/** A pace as it is known of one provider. */
export interface KnownPace {
  readonly provider: string;
  readonly pace: Pace;
  readonly learnedFrom: number;
}

/**
 * What batches of a source are cut by; pure. A batch may go to any of these providers, so the smallest of their disks and the slowest
 * of their paces count, and it is as good as the one that is known least.
 */
export function basisOf(
  setting: BatchSetting,
  { resources }: Pick<Stage, 'resources'>,
  providers: readonly string[],
  known: readonly KnownPace[],
): PlanBasis {
  const paces = providers.map((name) => known.find(({ provider }) => provider === name) ?? { pace: ASSUMED_PACE, learnedFrom: 0 });
  const rooms = providers.flatMap((name) => setting.workerDiskGb[name] ?? []).map(bytesOnDisk);
  return {
    v: 1,
    maxRuns: setting.maxRuns,
    maxBytes: Math.max(1, Math.min(setting.maxBytes, ...rooms)),
    maxSeconds: 60 * Math.min(setting.maxMinutes, resources.timeMinutes),
    pace: slowestOf(paces.map(({ pace }) => pace)),
    learnedFrom: paces.length === 0 ? 0 : Math.min(...paces.map(({ learnedFrom }) => learnedFrom)),
  };
}

export const capsOf = ({ maxRuns, maxBytes, maxSeconds, pace }: PlanBasis, workers: number): PlanCaps => ({
  ...{ maxRuns, maxBytes, workers },
  time: { maxSeconds, pace },
  minBytes: MIN_BATCH_BYTES,
});

/**
 * The providers whose workers have room for so many bytes; pure. Where none has, all of them: the attempt then says which size was
 * missing, and a person can give more.
 */
export function providersHolding(providers: readonly string[], bytes: number, disks: BatchSetting['workerDiskGb']): readonly string[] {
  const holding = providers.filter((name) => disks[name] === undefined || bytesOnDisk(disks[name]) >= bytes);
  return holding.length > 0 ? holding : providers;
}
