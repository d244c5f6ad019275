import type { Limits } from '../entities';

export interface PlanSize {
  readonly runs: number;
  readonly bytes: number;
  readonly dollars: number;
}

/** What of a plan is above the source's limits, in words, or undefined when a person need not be asked. Pure. */
export function approvalReason(plan: PlanSize, limits: Limits): string | undefined {
  const over = [
    plan.runs > limits.runs && `${plan.runs} runs, above the limit of ${limits.runs}`,
    plan.bytes > limits.bytes && `${gigabytes(plan.bytes)} GB, above the limit of ${gigabytes(limits.bytes)} GB`,
    plan.dollars > limits.dollars && `${plan.dollars.toFixed(2)} dollars, above the limit of ${limits.dollars.toFixed(2)}`,
  ].filter((reason) => reason !== false);
  return over.length === 0 ? undefined : over.join('; ');
}

/** One decimal below a hundred, so that small plans do not read as nothing. */
const gigabytes = (bytes: number): string => {
  const value = bytes / 1e9;
  return value < 0.1 ? value.toPrecision(2) : value.toFixed(value < 100 ? 1 : 0);
};
