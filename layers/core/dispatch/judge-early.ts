import type { Job } from '../entities';
import { secondsSince } from './judge-probe';

export interface EarlyRules {
  /** Who was not heard for so long is looked at, and from then on twice in this time. */
  readonly silenceSeconds: number;
  /** What is done is brought home before the end no more often than this. */
  readonly earlySweepSeconds: number;
  /** So many looks in a row, over `silenceSeconds`, that reached the worker and found nothing new to hear end its job. */
  readonly stillLooks: number;
}
/** Ten minutes are two and a half of the longest pauses of an agent (`ProbeRules`). */
export const EARLY_RULES: EarlyRules = { silenceSeconds: 600, earlySweepSeconds: 3_600, stillLooks: 3 };

export const AGENT_SILENT = 'agent-silent';

export type EarlyVerdict =
  | { readonly do: 'nothing' }
  /** `early` is what is noted of it beforehand. */
  | { readonly do: 'sweep'; readonly early: NonNullable<Job['early']> }
  | { readonly do: 'lose'; readonly cause: typeof AGENT_SILENT };

/** When it was heard last; of one that never spoke, when it started or was asked for. Pure. */
export const heardAt = ({ lastHeardAt, startedAt, requestedAt }: Job): string => lastHeardAt ?? startedAt ?? requestedAt;

/** The looks in a row that found nothing new to hear; whatever was heard since the first of them, by any way, ends the row. Pure. */
export const stillOf = (job: Job): Job['still'] => (job.still !== undefined && job.still.since > heardAt(job) ? job.still : undefined);

/** Nothing was heard of it since the newest early sweep was asked for, which was because of its silence. Pure. */
export const isSilentStill = (job: Job): boolean => job.early?.why === 'silent' && job.early.askedAt > heardAt(job);

/**
 * What follows from the silence, or from the progress, of a job whose worker keeps the results and lives by its provider's word. Silence leads to a look and never further: only looks
 * that reached the worker, several and over a while, end its job. Pure.
 */
export function judgeEarly(job: Job, now: Date, rules: EarlyRules = EARLY_RULES): EarlyVerdict {
  if (job.status !== 'started' || job.ssh === undefined || job.bringsResults || job.stopRequested) return { do: 'nothing' };
  const isSilent = secondsSince(heardAt(job), now) >= rules.silenceSeconds;
  const still = stillOf(job);
  if (isSilent && still && still.looks >= rules.stillLooks && secondsSince(still.since, now) >= rules.silenceSeconds)
    return { do: 'lose', cause: AGENT_SILENT };
  const { number = 0, runsDone: doneThen = 0, askedAt } = job.early ?? {};
  const runsDone = job.progress?.['runsDone'] ?? 0;
  const next = (why: 'silent' | 'done'): EarlyVerdict => ({
    ...{ do: 'sweep', early: { number: number + 1, askedAt: now.toISOString(), why, runsDone } },
  });
  if (isSilent) return askedAt === undefined || secondsSince(askedAt, now) >= rules.silenceSeconds / 2 ? next('silent') : { do: 'nothing' };
  return runsDone > doneThen && secondsSince(askedAt ?? job.startedAt, now) >= rules.earlySweepSeconds ? next('done') : { do: 'nothing' };
}
