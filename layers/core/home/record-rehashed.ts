import type { Source } from '../entities';
import { ContendedError } from '../errors';
import { fetchKeyOf } from '../ids';
import type { Operation } from '../operation';
import { chunksOf } from '../use-cases/chunks';
import type { Deps } from '../use-cases/deps';
import { raiseAttention } from '../use-cases/raise-attention';
import { counted } from '../words';
import type { DamagedRun, RehashReport } from '../wire-home';
import { SHOWN_PROBLEMS, VerifyRequest, type TendPart, type TendStep } from './documents';

type RecordDeps = Pick<Deps, 'stores' | 'now'>;
const TRIES = 5;
const CODE = 'results-damaged';

/**
 * What a rehash job found. Damage asks for a person, since a storage that loses bits will lose more; what was set aside is forgotten as complete, and
 * asked for again. Safe to repeat: attention stays as it is, what is forgotten stays forgotten, a check is asked for once more at worst.
 */
export async function recordRehashed(deps: RecordDeps, operation: Operation, part: TendPart, report: RehashReport): Promise<TendStep> {
  const asked = new Map(part.runs.map(({ accession, filesHash }) => [accession, filesHash]));
  const runs = report.runs.filter(({ accession, filesHash }) => asked.get(accession) === filesHash);
  const { refetch } = VerifyRequest.parse(operation.request);
  if (refetch)
    await forget(
      deps,
      operation,
      part.sourceId,
      runs.filter(({ result }) => result === 'aside'),
    );
  else if (runs.length > 0) await ask(deps, operation, part.sourceId, runs);
  const isWhole = report.result === 'finished' && part.isLast && (report.left ?? 0) === 0;
  if (isWhole && !refetch) await change(deps, operation, part.sourceId, 'home-verified', () => ({ homeVerifiedAt: operation.startedAt }));
  return {
    v: 1,
    sourceId: part.sourceId,
    counts: countsOf(report, runs),
    bytes: report.bytes ?? 0,
    problems: runs.slice(0, SHOWN_PROBLEMS).map((run) => ({ accession: run.accession, result: run.result, detail: detailOf(run) })),
    unknownNames: [],
  };
}

function countsOf({ checked, left }: RehashReport, runs: readonly DamagedRun[]): Record<string, number> {
  const counts: Record<string, number> = { checked: checked ?? 0 };
  for (const { result } of runs) counts[result] = (counts[result] ?? 0) + 1;
  return left !== undefined && left !== null && left > 0 ? { ...counts, left } : counts;
}

/** `runs/…/x.fastq.gz: md5, expected …, found …`, of the first file, and how many more. */
export function detailOf({ path, faults, movedTo }: DamagedRun): string {
  const [first] = faults;
  const where = `${path}${first?.name == null ? '' : `/${first.name}`}`;
  const what = [
    first?.fault ?? 'damaged',
    first?.expected == null ? '' : `expected ${first.expected}`,
    first?.found == null ? '' : `found ${first.found}`,
  ];
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  const moved = movedTo == null ? '' : `; moved to ${movedTo}`;
  return `${where}: ${what.filter((word) => word !== '').join(', ')}${more}${moved}`.slice(0, 500);
}

function ask(deps: RecordDeps, { operationId }: Operation, sourceId: string, runs: readonly DamagedRun[]): Promise<void> {
  const [first] = runs;
  const detail = `${counted(runs.length, 'run', 'runs')} at home not as published, first ${first ? detailOf(first) : ''}; all in operation ${operationId}`;
  return raiseAttention(deps, sourceId, { code: CODE, detail, step: 'settle-tending' });
}

/** Outcomes first: a crash in between leaves runs that are due, and a source that learns of it at the next try of this step. */
async function forget(deps: RecordDeps, operation: Operation, sourceId: string, runs: readonly DamagedRun[]): Promise<void> {
  const keys = runs.map(({ accession, filesHash, stage, revision }) => fetchKeyOf(accession, filesHash, stage, revision));
  for (const chunk of chunksOf(keys)) await deps.stores.outcomes.remove(chunk);
  if (runs.length === 0) return;
  await change(deps, operation, sourceId, 'results-set-aside', (source) => ({
    homeRevision: (source.homeRevision ?? 0) + 1,
    ...askedFor(source, deps.now()),
    ...(source.needsAttention?.reason === CODE && { lastRunStatus: 'in progress' as const }),
  }));
}

/** A cycle as soon as one may start. */
export const askedFor = (source: Source, now: Date): Pick<Source, 'checkRequested' | 'nextCheckAt'> => ({
  checkRequested: true,
  nextCheckAt: source.nextCheckAt < now.toISOString() ? source.nextCheckAt : now.toISOString(),
});

/** One write on the source as it stands, with its line of history. Setting aside also ends the attention that asked for it. */
export async function change(
  deps: RecordDeps,
  { operationId, actor }: Operation,
  sourceId: string,
  type: string,
  set: (source: Source) => Partial<Source>,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const source = await deps.stores.sources.get(sourceId);
    if (!source) return;
    const event = { entityId: sourceId, sourceId, at: deps.now().toISOString(), type, actor, detail: operationId };
    const remove: (keyof Source)[] = type === 'results-set-aside' && source.needsAttention?.reason === CODE ? ['needsAttention'] : [];
    if ((await deps.stores.sources.change(source, set(source), event, remove)).outcome === 'written') return;
  }
  throw new ContendedError(sourceId);
}
