import type { FilterDocument } from '../filters/document-schema';
import type { Source } from '../entities';
import type { ListingTables, WithWorkspace, Workspace } from '../ports/listings';
import type { Clock, ObjectStore } from '../ports/outside';
import type { Known, Stores } from '../ports/stores';
import { chunksOf } from '../use-cases/chunks';
import { knownInMotion } from '../use-cases/known-in-motion';
import type { Stage } from '../wire';
import { lastOf, takenStages, takeWorkflow } from '../workflows/take-workflow';
import { CycleSummary, type RunRecord } from './documents';
import { fetchRecords } from './fetch-records';
import { filterChain } from './filters';
import { fingerprintOf } from './fingerprint';
import { judgeRun, recordOf, type ComparedRun, type JudgeContext } from './judge-run';
import { judgedRecords } from './judged-records';
import { listingKeys, sourceKeys } from './keys';
import { absentOfRules } from './needed-columns';
import { isOtherQuery } from './other-query';
import { isSettled, runState } from './run-state';
import { totalsOf } from './summarize';

export interface CompareDeps {
  readonly stores: Pick<Stores, 'sources' | 'outcomes' | 'claims' | 'batches' | 'workflows'>;
  readonly objects: Pick<ObjectStore, 'upload' | 'download' | 'putJson' | 'getJson'>;
  readonly tables: Pick<ListingTables, 'compare' | 'recordsToParquet' | 'foldRecords'>;
  readonly withWorkspace: WithWorkspace;
  readonly now: Clock;
  readonly fileBaseUrl: string;
  /** Hold for every source that says nothing else. */
  readonly filterDefaults: FilterDocument;
  /** The stage of the built-in workflow. */
  readonly stage: Stage;
}
export type Compared =
  | { readonly outcome: 'compared'; readonly summary: CycleSummary }
  | { readonly outcome: 'rejected'; readonly code: 'invalid-filter' | 'column-absent'; readonly detail: string };

/**
 * Compares this cycle's listing with the last good one, judges every run that is new, changed, back, missing or open, takes the others
 * over as they were, and writes the cycle's documents: `runs.parquet`, `included.jsonl`, `due.jsonl`, `summary.json` (last, so that it
 * stands for all). Where filters, stage, base URL or form of the records are others than in the last good cycle, every run is judged.
 * Reads the table, changes nothing in it; running it twice rewrites the same keys. Runs stream through in chunks; outcomes and claims
 * are looked up only for runs that are not settled. A listing without a column that a rule reads which was set while it was taken is
 * rejected: the check that setting filters asks for lists anew, under that rule.
 */
export async function compareSource(deps: CompareDeps, source: Source, cycle: number): Promise<Compared> {
  const chain = filterChain(source.filters, deps.filterDefaults);
  if (chain.outcome === 'invalid') return { outcome: 'rejected', code: 'invalid-filter', detail: chain.detail };
  const { sourceId, listingCycle, filters, homeRevision } = source;
  // Once the plan is stored the pointer to what came before is gone, and the documents are final.
  const stored = listingCycle >= cycle ? await deps.objects.getJson(sourceKeys(sourceId, cycle).summary, CycleSummary) : undefined;
  if (stored !== undefined) return { outcome: 'compared', summary: stored };
  const unread = await absentOfRules(deps, source, cycle);
  if (unread !== undefined) return { outcome: 'rejected', code: 'column-absent', detail: unread };
  const taken = await takeWorkflow(deps, source);
  const stages = await takenStages(deps, taken);
  const judge = { ...deps, stage: lastOf(stages) };
  return deps.withWorkspace(async (workspace) => {
    const before = listingCycle > 0 ? await deps.objects.getJson(sourceKeys(sourceId, listingCycle).summary, CycleSummary) : undefined;
    const judgedBy = fingerprintOf({ ...judge, filters, homeRevision });
    const comparison = { ...(await fetchListings(deps, source, cycle, workspace)), all: before?.judgedBy !== judgedBy };
    const judging = { rules: chain.rules, isOtherQuery: await isOtherQuery(deps.objects, sourceId, listingCycle, cycle) };
    const documents = judgedRecords(deps.tables, workspace);
    const asKnown = comparison.all && homeRevision !== undefined ? doubted : (run: ComparedRun) => run;
    for await (const chunk of deps.tables.compare(comparison))
      await documents.write(await recordsOf(judge, source, judging, chunk.map(asKnown)));
    const { parts: judged, judgedRuns } = await documents.end();
    const { previous, ...rest } = comparison;
    const to = { runs: workspace.path('runs.parquet'), included: workspace.path('included.jsonl') };
    const folded = await deps.tables.foldRecords({ ...rest, judged, to, ...(previous && { previous: previous.records }) });
    const base = folded.isWhole ? {} : { baseCycle: before?.baseCycle ?? listingCycle };
    const workflow = taken && { ...taken, home: `${stages[0].name}@${stages[0].revision}` };
    const summary: CycleSummary = {
      v: 1,
      sourceId,
      cycle,
      ...base,
      ...(workflow && { workflow }),
      judgedBy,
      judgedRuns,
      ...totalsOf(folded.counts),
    };
    await store(deps.objects, workspace, summary);
    return { outcome: 'compared', summary };
  });
}

async function store(objects: CompareDeps['objects'], workspace: Workspace, summary: CycleSummary): Promise<void> {
  const keys = sourceKeys(summary.sourceId, summary.cycle);
  await objects.upload(workspace.path('runs.parquet'), keys.runs, 'application/vnd.apache.parquet');
  await objects.upload(workspace.path('included.jsonl'), keys.included, 'application/jsonl');
  await objects.upload(workspace.path('due.jsonl'), keys.due, 'application/jsonl');
  await objects.putJson(keys.summary, summary);
}

/** Results were set aside: whether a run is complete is looked up anew. */
const doubted = (run: ComparedRun): ComparedRun =>
  run.previous?.state === 'complete' ? { ...run, previous: { ...run.previous, state: 'due' } } : run;

/** The last good listing is the one that the source points at; a cycle that died in between left nothing that counts (contract 1). */
async function fetchListings({ objects }: CompareDeps, { sourceId, listingCycle }: Source, cycle: number, workspace: Workspace) {
  const fetched = async (of: number, name: string): Promise<string> => {
    await objects.download(listingKeys(sourceId, of).listing, workspace.path(name));
    return workspace.path(name);
  };
  const listing = await fetched(cycle, 'listing.parquet');
  if (listingCycle === 0 || listingCycle === cycle) return { listing };
  const before = await fetched(listingCycle, 'previous-listing.parquet');
  return { listing, previous: { listing: before, records: await fetchRecords(objects, { sourceId, cycle: listingCycle }, workspace) } };
}

/** Judges a chunk of runs and finds out where each stands. */
async function recordsOf(
  deps: CompareDeps,
  source: Source,
  judging: Pick<JudgeContext, 'rules' | 'isOtherQuery'>,
  chunk: readonly ComparedRun[],
): Promise<readonly RunRecord[]> {
  const judged = chunk.map((run) => ({
    run: judgeRun(run, { ...judging, fileBaseUrl: deps.fileBaseUrl, stage: deps.stage }),
    previous: run.previous,
  }));
  const open = judged.filter(({ run, previous }) => !isSettled(run, previous)).map(({ run }) => run.fetchKey);
  const known = await lookUp(deps, [...new Set(open)]);
  const context = { sourceId: source.sourceId, now: deps.now(), isManual: source.pool === 'manual' };
  return judged.map(({ run, previous }) => {
    const state = runState(run, { previous, ...known.get(run.fetchKey) }, context);
    return recordOf(run, state);
  });
}

/** Claim and outcome at one moment: a run that settles meanwhile is seen as settled or as claimed, never as due. */
async function lookUp({ stores }: CompareDeps, fetchKeys: readonly string[]): Promise<ReadonlyMap<string, Known>> {
  const found = await Promise.all(chunksOf(fetchKeys).map((keys) => knownInMotion(stores, keys)));
  return new Map(found.flatMap((known) => [...known]));
}
