import { learned, type PaceSample } from '../planning/learn-pace';
import type { AttemptManifest, RunReport } from '../wire';
import type { Settlement } from './decide-settlement';
import type { Deps } from './deps';

/** Two batches may settle at once; each try reads the record anew. */
const TRIES = 5;

/**
 * What an attempt tells about the pace of its provider; undefined where it tells nothing: it failed, or it went on from what an earlier
 * attempt had left, or its job left no times. Pure.
 */
export function sampleOf(
  { runs, earlierWorkers }: Pick<AttemptManifest, 'runs' | 'earlierWorkers'>,
  { decision, cause }: Pick<Settlement, 'decision' | 'cause'>,
  report: Pick<RunReport, 'startedAt' | 'endedAt'> | undefined,
): PaceSample | undefined {
  if (decision.event !== 'complete' || cause !== 'finished' || earlierWorkers.length > 0 || report === undefined) return undefined;
  const seconds = (Date.parse(report.endedAt) - Date.parse(report.startedAt)) / 1000;
  const bytes = runs.reduce((sum, { files }) => files.reduce((all, file) => all + file.bytes, sum), 0);
  return seconds > 0 ? { runs: runs.length, bytes, seconds } : undefined;
}

/**
 * Adds a finished attempt to the learned pace of its provider and stage revision. Safe to repeat: an attempt counts once. Where others
 * write each time it is not counted, which does no harm.
 */
export async function learnFromAttempt(
  { stores, now }: Pick<Deps, 'stores' | 'now'>,
  { workerId, stage }: Pick<AttemptManifest, 'workerId' | 'stage'>,
  sample: PaceSample,
): Promise<void> {
  const provider = (await stores.workers.get(workerId))?.provider;
  if (provider === undefined) return;
  const key = { provider, stage: stage.name, revision: stage.revision };
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await stores.paces.get(key);
    const next = { ...key, ...learned(before, sample), updatedAt: now().toISOString(), version: (before?.version ?? 0) + 1 };
    if ((await stores.paces.learn(next, workerId)) !== 'conflict') return;
  }
}
