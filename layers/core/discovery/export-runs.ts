import type { z } from 'zod';
import { SOURCE_PHASES, type Source } from '../entities';
import { slug, workerIdOf } from '../ids';
import type { ListingTables, RecordFiles, WithWorkspace, Workspace } from '../ports/listings';
import type { ObjectStore } from '../ports/outside';
import type { Stores } from '../ports/stores';
import { chunksOf } from '../use-cases/chunks';
import { CycleSummary, isInWork, type RunRecord, type RunState } from './documents';
import type { ExportFormat, ExportOrder, ExportResult } from './exports';
import { sourceKeys } from './keys';
import { fetchMirror } from './query-mirror';
import { claimedState } from './run-state';

export interface ExportDeps {
  readonly stores: Pick<Stores, 'sources' | 'outcomes' | 'claims' | 'batches'>;
  readonly objects: Pick<ObjectStore, 'download' | 'getJson' | 'upload'>;
  readonly tables: Pick<ListingTables, 'includedRuns' | 'exportRuns'>;
  readonly withWorkspace: WithWorkspace;
  /** Root of the results at home. */
  readonly root: string;
}
export type Exported =
  { readonly outcome: 'exported'; readonly result: ExportResult } | { readonly outcome: 'refused'; readonly detail: string };

const FILES: Readonly<Record<ExportFormat, { readonly ending: string; readonly contentType: string }>> = {
  tsv: { ending: 'runs.tsv.gz', contentType: 'application/gzip' },
  jsonl: { ending: 'runs.jsonl.gz', contentType: 'application/gzip' },
  parquet: { ending: 'runs.parquet', contentType: 'application/vnd.apache.parquet' },
  samplesheet: { ending: 'samplesheet.csv', contentType: 'text/csv' },
};

/**
 * Writes the runs of a source's last good listing, with where each stands now, as one object. Any number of rows: the runs stream through
 * in chunks, and DuckDB sorts and writes beyond its memory. Running it twice replaces the object.
 * @throws ObjectMissingError
 */
export async function exportRuns(deps: ExportDeps, exportId: string, order: z.infer<typeof ExportOrder>): Promise<Exported> {
  const source = await deps.stores.sources.get(order.sourceId);
  if (source === undefined) return { outcome: 'refused', detail: `${order.sourceId} is not followed any more` };
  if (source.listingCycle === 0) return { outcome: 'refused', detail: `${order.sourceId} has no listing yet` };
  return deps.withWorkspace(async (workspace) => {
    const mirror = await fetchMirror(deps.objects, source, workspace);
    const standing = await writeStanding(deps, source, mirror.records, workspace);
    const to = workspace.path('export');
    const stage = SOURCE_PHASES.indexOf(source.phase);
    const home = (await deps.objects.getJson(sourceKeys(source.sourceId, source.listingCycle).summary, CycleSummary))?.workflow?.home;
    const { rows } = await deps.tables.exportRuns(
      { ...mirror, standing, to },
      { ...order, root: deps.root, stage, stageName: source.phase, home },
    );
    const { ending, contentType } = FILES[order.format];
    const fileName = `${slug(order.sourceId)}.${order.format === 'samplesheet' ? `${order.flavour}.` : ''}${ending}`;
    const key = exportKey(exportId, fileName);
    const { bytes } = await deps.objects.upload(to, key, contentType);
    return { outcome: 'exported', result: { key, fileName, rows, bytes, cycle: source.listingCycle } };
  });
}

export const exportKey = (exportId: string, fileName: string): string => `exports/${exportId}/${fileName}`;

/** Where an included run stands now, and who fetches or fetched it: one line of `standing.jsonl`. */
interface Standing {
  readonly accession: string;
  readonly state: RunState;
  readonly batch: string;
  readonly worker: string;
}

async function writeStanding(deps: ExportDeps, source: Source, records: RecordFiles, workspace: Workspace): Promise<string> {
  const writer = workspace.writer('standing.jsonl');
  const workers = workerLookup(deps.stores);
  for await (const found of deps.tables.includedRuns(records)) {
    const lines = (await Promise.all(chunksOf(found).map((chunk) => standingOf(deps, source, chunk, workers)))).flat();
    await writer.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
  await writer.end();
  return workspace.path('standing.jsonl');
}

type Kept = Pick<RunRecord, 'accession' | 'fetchKey' | 'state'>;

async function standingOf(
  { stores }: ExportDeps,
  { sourceId }: Source,
  chunk: readonly Kept[],
  workerOf: (batchId: string) => Promise<string>,
): Promise<readonly Standing[]> {
  const keys = chunk.map(({ fetchKey }) => fetchKey);
  const known = await stores.outcomes.known(keys);
  return Promise.all(
    chunk.map(async ({ accession, fetchKey, state: kept }): Promise<Standing> => {
      const { claim, outcome } = known.get(fetchKey) ?? {};
      if (outcome?.result === 'complete') return { accession, state: 'complete', batch: outcome.batchId, worker: '' };
      if (claim !== undefined) {
        return { accession, state: claimedState(sourceId, claim), batch: claim.holder, worker: await workerOf(claim.holder) };
      }
      const settled = isInWork(kept) ? (outcome?.result ?? 'due') : kept;
      return { accession, state: settled, batch: outcome?.batchId ?? '', worker: '' };
    }),
  );
}

/** The newest worker of a batch; each batch is looked up once. */
function workerLookup({ batches }: Pick<Stores, 'batches'>): (batchId: string) => Promise<string> {
  const known = new Map<string, Promise<string>>();
  return (batchId) => {
    const found =
      known.get(batchId) ??
      batches.get(batchId).then((batch) => (batch === undefined || batch.attempt === 0 ? '' : workerIdOf(batchId, batch.attempt)));
    known.set(batchId, found);
    return found;
  };
}
