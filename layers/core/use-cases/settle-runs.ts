import { isLasting } from '../attempts/causes';
import type { Batch } from '../entities';
import type { Outcome } from '../records';
import { fetchKeyOf, stagesOfWork } from '../ids';
import { optional } from '../optional';
import type { AttemptManifest, PlannedRun, RunReport, VerifyReport } from '../wire';
import { chunksOf } from './chunks';
import type { FailedRun, Settlement, VerifiedRun } from './decide-settlement';
import type { Deps } from './deps';
import { evaluateSource } from './evaluate-source';
import { uniqueWords } from '../words';

const keyIn =
  ({ stage }: AttemptManifest) =>
  ({ run }: VerifiedRun | FailedRun): string =>
    fetchKeyOf(run.accession, run.filesHash, stage.name, stage.revision);

/** Stages before the last that are verified, also of runs that failed later on: they are not made again. */
const earlierOf = ({ stage: last }: AttemptManifest, report: VerifyReport | undefined) =>
  (report?.runs ?? []).flatMap(({ accession, filesHash, stages }) =>
    (stages ?? [])
      .filter(({ stage }) => stage !== last.name)
      .map(({ stage, revision, bytes }) => ({ fetchKey: fetchKeyOf(accession, filesHash, stage, revision), bytes })),
  );

/** The words of all stages about a run, those of other batches first, in one; undefined where none has any. */
function verdictsIn(report: RunReport | undefined, before: AttemptManifest['verdicts'] = {}): (run: PlannedRun) => string | undefined {
  const verdicts = new Map(
    report?.runs.map(({ accession, stages }) => [accession, (stages ?? []).flatMap(({ verdict }) => (verdict ? [verdict] : [])).join(' ')]),
  );
  // Each word once: what an earlier stage said is passed on by every batch after it.
  const wordsOf = (accession: string) => uniqueWords([before[accession], verdicts.get(accession)]);
  return ({ accession }) => wordsOf(accession).slice(0, 80) || undefined;
}

/**
 * Outcomes for good: what verified, what further attempts leave out, and, when nothing more is tried, whatever failed. What verified is nobody's
 * any more, and the sources that waited for it are looked at anew. Safe to repeat; *complete* is never overwritten. A look that is lost
 * with a crash is made by the next heartbeat.
 * @returns fetch keys that no claim of this batch stands on
 */
export async function putOutcomes(
  deps: Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>,
  manifest: AttemptManifest,
  batchId: string,
  settlement: Settlement,
  reports: { readonly runReport?: RunReport | undefined; readonly verifyReport?: VerifyReport | undefined } = {},
): Promise<ReadonlySet<string>> {
  const verdictOf = verdictsIn(reports.runReport, manifest.verdicts);
  const fetchKey = keyIn(manifest);
  const common = { batchId, at: deps.now().toISOString() };
  const complete = settlement.verified.map((entry): Outcome => ({
    fetchKey: fetchKey(entry),
    result: 'complete',
    bytes: entry.bytes,
    ...optional('verdict', verdictOf(entry.run)),
    ...common,
  }));
  const earlier = earlierOf(manifest, reports.verifyReport).map((one): Outcome => ({ ...one, result: 'complete', ...common }));
  const failed = settlement.failed.map((entry): Outcome => ({
    fetchKey: fetchKey(entry),
    result: 'failed',
    reason: entry.reason,
    bytes: 0,
    ...common,
  }));
  const { event } = settlement.decision;
  const lasting = event === 'retry' || event === 'put-off' ? failed.filter(({ reason = '' }) => isLasting(reason)) : [];
  const outcomes = [...earlier, ...complete, ...(event === 'partial' ? failed : lasting)];
  const waiters = new Set<string>();
  for (const chunk of chunksOf(outcomes)) for (const waiter of await deps.stores.outcomes.put(chunk)) waiters.add(waiter);
  for (const waiter of waiters) await evaluateSource(deps, waiter);
  return new Set([...earlier, ...complete].map(({ fetchKey: key }) => key));
}

/**
 * Gives up claims that need no holder any more. Safe to repeat: only claims of this batch are removed.
 * @param gone fetch keys that none of its claims stands on
 * @returns the sources that waited on them
 */
export async function dropClaims(
  { claims }: Pick<Deps['stores'], 'claims'>,
  batch: Pick<Batch, 'batchId' | 'stage' | 'revision' | 'earlierStages'>,
  runs: readonly PlannedRun[],
  gone: ReadonlySet<string> = new Set(),
): Promise<ReadonlySet<string>> {
  const stages = stagesOfWork(batch);
  const keys = runs.flatMap((run) => stages.map(({ name, revision }) => fetchKeyOf(run.accession, run.filesHash, name, revision)));
  const waiters = new Set<string>();
  for (const chunk of chunksOf(keys.filter((key) => !gone.has(key)))) {
    for (const waiter of await claims.release(chunk, batch.batchId)) waiters.add(waiter);
  }
  return waiters;
}

/** `dropClaims`, then looks anew at the sources that waited; one whose look is lost with a crash is looked at by the next heartbeat. */
export async function releaseClaims(
  deps: Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>,
  batch: Pick<Batch, 'batchId' | 'stage' | 'revision' | 'earlierStages'>,
  runs: readonly PlannedRun[],
  gone?: ReadonlySet<string>,
): Promise<void> {
  for (const waiter of await dropClaims(deps.stores, batch, runs, gone)) await evaluateSource(deps, waiter);
}
