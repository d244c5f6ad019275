import type { Source } from '../entities';
import type { Claim, Outcome } from '../records';
import type { ListingTables, WithWorkspace, Workspace } from '../ports/listings';
import type { Clock, ObjectStore } from '../ports/outside';
import type { Stores } from '../ports/stores';
import { chunksOf } from '../use-cases/chunks';
import { standingClaims } from '../use-cases/standing-claims';
import type { Stage } from '../wire';
import { CycleSummary, type RunRecord } from './documents';
import { filterChain, type ActiveRule } from './filters';
import { judgeRun, recordOf, type ComparedRun } from './judge-run';
import { listingKeys, sourceKeys } from './keys';
import { isSettled, runState } from './run-state';
import { includedRun, summarizer } from './summarize';

export interface CompareDeps {
  readonly stores: Pick<Stores, 'sources' | 'outcomes' | 'claims' | 'batches'>;
  readonly objects: Pick<ObjectStore, 'upload' | 'download' | 'putJson' | 'getJson'>;
  readonly tables: Pick<ListingTables, 'compare' | 'recordsToParquet'>;
  readonly withWorkspace: WithWorkspace;
  readonly now: Clock;
  readonly fileBaseUrl: string;
  readonly stage: Pick<Stage, 'name' | 'revision'>;
}
export type Compared =
  | { readonly outcome: 'compared'; readonly summary: CycleSummary }
  | { readonly outcome: 'rejected'; readonly code: 'invalid-filter'; readonly detail: string };

/**
 * Compares this cycle's listing with the last good one, judges every run, and writes the cycle's documents: `runs.parquet`,
 * `included.jsonl`, `due.jsonl`, `summary.json` (last, so that it stands for all). Reads the table, changes nothing in it; running it
 * twice rewrites the same keys. Runs stream through in chunks; outcomes and claims are looked up only for runs that are not settled.
 */
export async function compareSource(deps: CompareDeps, source: Source, cycle: number): Promise<Compared> {
  const chain = filterChain(source.filters);
  if (chain.outcome === 'invalid') return { outcome: 'rejected', code: 'invalid-filter', detail: chain.detail };
  // Once the plan is stored the pointer to what came before is gone, and the documents are final.
  const stored =
    source.listingCycle >= cycle ? await deps.objects.getJson(sourceKeys(source.sourceId, cycle).summary, CycleSummary) : undefined;
  if (stored !== undefined) return { outcome: 'compared', summary: stored };
  return deps.withWorkspace(async (workspace) => {
    const paths = await fetchListings(deps, source, cycle, workspace);
    const documents = openDocuments(workspace, source.sourceId, cycle);
    for await (const chunk of deps.tables.compare(paths)) {
      await documents.write(await recordsOf(deps, source, chain.rules, chunk));
    }
    const summary = await documents.end();
    await deps.tables.recordsToParquet(workspace.path('runs.jsonl'), workspace.path('runs.parquet'));
    const keys = sourceKeys(source.sourceId, cycle);
    await deps.objects.upload(workspace.path('runs.parquet'), keys.runs, 'application/vnd.apache.parquet');
    await deps.objects.upload(workspace.path('included.jsonl'), keys.included, 'application/jsonl');
    await deps.objects.upload(workspace.path('due.jsonl'), keys.due, 'application/jsonl');
    await deps.objects.putJson(keys.summary, summary);
    return { outcome: 'compared', summary };
  });
}

/** The last good listing is the one that the source points at; a cycle that died in between left nothing that counts (contract 1). */
async function fetchListings({ objects }: CompareDeps, { sourceId, listingCycle }: Source, cycle: number, workspace: Workspace) {
  const fetched = async (key: string, name: string): Promise<string> => {
    await objects.download(key, workspace.path(name));
    return workspace.path(name);
  };
  const listing = await fetched(listingKeys(sourceId, cycle).listing, 'listing.parquet');
  if (listingCycle === 0 || listingCycle === cycle) return { listing };
  const previousListing = await fetched(listingKeys(sourceId, listingCycle).listing, 'previous-listing.parquet');
  return { listing, previousListing, previousRuns: await fetched(sourceKeys(sourceId, listingCycle).runs, 'previous-runs.parquet') };
}

/** Judges a chunk of runs and finds out where each stands. */
async function recordsOf(
  deps: CompareDeps,
  source: Source,
  rules: readonly ActiveRule[],
  chunk: readonly ComparedRun[],
): Promise<readonly RunRecord[]> {
  const judged = chunk.map((run) => ({
    run: judgeRun(run, { rules, fileBaseUrl: deps.fileBaseUrl, stage: deps.stage }),
    previous: run.previous,
  }));
  const open = judged.filter(({ run, previous }) => !isSettled(run, previous)).map(({ run }) => run.fetchKey);
  const known = await lookUp(deps, [...new Set(open)]);
  const context = { sourceId: source.sourceId, now: deps.now(), isManual: source.pool === 'manual' };
  return judged.map(({ run, previous }) => {
    const state = runState(run, { previous, outcome: known.outcomes.get(run.fetchKey), claim: known.claims.get(run.fetchKey) }, context);
    return recordOf(run, state);
  });
}

/** Claims before outcomes: a run that settles in between is then seen as settled, never as due. */
async function lookUp({ stores }: CompareDeps, fetchKeys: readonly string[]) {
  const claims = new Map<string, Claim>();
  const outcomes = new Map<string, Outcome>();
  await Promise.all(
    chunksOf(fetchKeys).map(async (keys) => {
      for (const [key, claim] of await standingClaims(stores, keys)) claims.set(key, claim);
      for (const [key, outcome] of await stores.outcomes.get(keys)) outcomes.set(key, outcome);
    }),
  );
  return { claims, outcomes };
}

function openDocuments(workspace: Workspace, sourceId: string, cycle: number) {
  const runs = workspace.writer('runs.jsonl');
  const included = workspace.writer('included.jsonl');
  const due = workspace.writer('due.jsonl');
  const summary = summarizer(sourceId, cycle);
  const write = async (records: readonly RunRecord[]): Promise<void> => {
    records.forEach((record) => summary.add(record));
    const kept = records.map(includedRun).filter((run) => run !== undefined);
    await runs.write(lines(records));
    await included.write(lines(kept));
    const planned = kept.filter(({ state }) => state === 'due');
    await due.write(lines(planned.map(({ accession, filesHash, files, metadata }) => ({ accession, filesHash, files, metadata }))));
  };
  const end = async (): Promise<CycleSummary> => {
    await Promise.all([runs.end(), included.end(), due.end()]);
    return summary.result();
  };
  return { write, end };
}

const lines = (values: readonly unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');
