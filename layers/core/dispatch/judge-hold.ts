import type { Job, Worker } from '../entities';

export interface HoldRules {
  /** How long a worker is held before its results are rescued: over a weekend, unless the installation says otherwise. */
  readonly holdSeconds: number;
  /** A worker that was told to bring its results away and says nothing for so long cannot. */
  readonly silentSeconds: number;
  /** So long a rescue may take, besides its bytes at this pace. */
  readonly rescueSeconds: number;
  readonly rescueBytesPerSecond: number;
  /** Rescues that the bucket may contradict before no more are asked for. */
  readonly mostFaults: number;
  /** Until a hold that nothing could end is looked at again. */
  readonly overdueSeconds: number;
}
export const HOLD_RULES: Omit<HoldRules, 'holdSeconds'> = {
  silentSeconds: 3_600,
  rescueSeconds: 12 * 3_600,
  rescueBytesPerSecond: 10e6,
  mostFaults: 3,
  overdueSeconds: 6 * 3_600,
};

export type HoldVerdict =
  | { readonly do: 'nothing' }
  | { readonly do: 'rescue' } /** It cannot be rescued: given up where it may, else told to a person. */
  | {
      readonly do: 'end';
      readonly cause: string;
    };

/** Since when a worker is held, at the earliest: those that were held before this was recorded have no time of it. Pure. */
export const heldSince = ({ heldAt, requestedAt }: Pick<Worker, 'heldAt' | 'requestedAt'>): string => heldAt ?? requestedAt;
export const holdEndsAt = (worker: Pick<Worker, 'heldAt' | 'requestedAt'>, holdSeconds: number): string =>
  new Date(Date.parse(heldSince(worker)) + holdSeconds * 1000).toISOString();

/** What follows for a worker that is held and keeps its results itself (I5). Pure. */
export function judgeHold(worker: Worker, job: Job, now: Date, rules: HoldRules): HoldVerdict {
  const endsAt = holdEndsAt(worker, rules.holdSeconds);
  if (now.toISOString() < endsAt) return { do: 'nothing' };
  if (worker.overdueAt !== undefined && secondsBetween(worker.overdueAt, now) < rules.overdueSeconds) return { do: 'nothing' };
  if (job.rescueRequestedAt === undefined) {
    const contradicted = (worker.rescueFaults ?? 0) >= rules.mostFaults;
    return contradicted ? { do: 'end', cause: `what it brought is not whole: ${worker.rescueFault ?? ''}` } : { do: 'rescue' };
  }
  const heardAt = latest(job.lastHeardAt, job.rescueRequestedAt);
  if (secondsBetween(heardAt, now) > rules.silentSeconds) return { do: 'end', cause: `it was not heard since ${heardAt}` };
  const mayTake = rules.rescueSeconds + worker.reservedBytes / rules.rescueBytesPerSecond;
  const toldAt = latest(endsAt, job.rescueRequestedAt);
  if (secondsBetween(toldAt, now) > mayTake) return { do: 'end', cause: `it has been bringing its results away since ${toldAt}` };
  return { do: 'nothing' };
}

const secondsBetween = (time: string, now: Date): number => (now.getTime() - Date.parse(time)) / 1000;
const latest = (one: string | undefined, other: string): string => (one !== undefined && one > other ? one : other);
