import { isInWork } from '../discovery/documents';
import { fetchKeyOf } from '../ids';
import type { Operation } from '../operation';
import type { Outcome } from '../records';
import { chunksOf } from '../use-cases/chunks';
import type { Deps } from '../use-cases/deps';
import { includedRuns } from '../use-cases/included-runs';
import type { Stage } from '../wire';
import type { AdoptedRun, AdoptReport } from '../wire-home';
import { AdoptRequest, SHOWN_PROBLEMS, type TendPart, type TendStep } from './documents';

type RecordDeps = Pick<Deps, 'stores' | 'objects' | 'now'> & { readonly stage: Pick<Stage, 'name' | 'revision'> };
const FINE: readonly string[] = ['adopted', 'would-adopt'];

/**
 * Records the runs that an adopt job published as complete, so that they are due no more; only those that it was asked about count. With the last
 * part also what else was seen there. Safe to repeat: the first *complete* of a run stands.
 */
export async function recordAdopted(deps: RecordDeps, operation: Operation, part: TendPart, report: AdoptReport): Promise<TendStep> {
  const asked = new Map(part.runs.map(({ accession, filesHash }) => [accession, filesHash]));
  const runs = report.runs.filter(({ accession, filesHash }) => asked.get(accession) === filesHash);
  const { dryRun } = AdoptRequest.parse(operation.request);
  const outcomes = dryRun ? [] : runs.filter(({ result }) => result === 'adopted').map((run) => outcomeOf(deps, operation, run));
  for (const chunk of chunksOf(outcomes)) await deps.stores.outcomes.put(chunk);
  const elsewhere = part.isLast ? await classify(deps, part, report) : { counts: {}, unknownNames: [] };
  return {
    v: 1,
    sourceId: part.sourceId,
    counts: { ...countsOf(runs), ...elsewhere.counts },
    bytes: runs.filter(({ result }) => FINE.includes(result)).reduce((sum, { bytes }) => sum + bytes, 0),
    problems: runs
      .filter(({ result }) => !FINE.includes(result))
      .slice(0, SHOWN_PROBLEMS)
      .map(({ accession, result, reason, detail }) => ({ accession, result, detail: (detail ?? reason ?? '').slice(0, 300) })),
    unknownNames: elsewhere.unknownNames,
  };
}

const outcomeOf = ({ stage, now }: RecordDeps, { operationId }: Operation, { accession, filesHash, bytes }: AdoptedRun): Outcome => ({
  fetchKey: fetchKeyOf(accession, filesHash, stage.name, stage.revision),
  result: 'complete',
  batchId: operationId,
  bytes,
  at: now().toISOString(),
});

const countsOf = (runs: readonly AdoptedRun[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { result } of runs) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
};

/** Runs of which files lie there without having been asked for: at home already, in work, or not of this source. */
async function classify(
  { stores, objects }: RecordDeps,
  { sourceId }: TendPart,
  { others }: AdoptReport,
): Promise<Pick<TendStep, 'counts' | 'unknownNames'>> {
  const left = new Map((others?.shown ?? []).map(({ accession, names }) => [accession, names]));
  const source = await stores.sources.get(sourceId);
  const known: { readonly fetchKey: string; readonly inWork: boolean }[] = [];
  if (source && left.size > 0) {
    for await (const { accession, fetchKey, state } of includedRuns({ objects }, sourceId, source.listingCycle)) {
      if (left.delete(accession)) known.push({ fetchKey, inWork: isInWork(state) });
    }
  }
  const counts: Record<string, number> = {};
  for (const chunk of chunksOf(known)) {
    const known = await stores.outcomes.known(chunk.map(({ fetchKey }) => fetchKey));
    for (const { fetchKey, inWork } of chunk) {
      // What an earlier part of this very operation adopted is counted there.
      const { claim, outcome } = known.get(fetchKey) ?? {};
      const word = outcome?.result === 'complete' ? 'already-complete' : inWork || claim !== undefined ? 'in-work' : undefined;
      if (word !== undefined) counts[word] = (counts[word] ?? 0) + 1;
    }
  }
  const unknownNames = [...left.values()].flat();
  if (unknownNames.length > 0) counts['unknown-name'] = unknownNames.length;
  return { counts, unknownNames: unknownNames.slice(0, SHOWN_PROBLEMS) };
}
