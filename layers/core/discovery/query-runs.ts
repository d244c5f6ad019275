import type { RunRecord, RunState } from './documents';
import { fetchRecords } from './fetch-records';
import type { ListingTables, RunsQuery, WithWorkspace } from '../ports/listings';
import type { ObjectStore } from '../ports/outside';
import type { Stores } from '../ports/stores';
import { chunksOf } from '../use-cases/chunks';
import { liveStates } from './live-states';

export interface QueryDeps {
  readonly stores: Pick<Stores, 'sources' | 'outcomes' | 'claims'>;
  readonly objects: Pick<ObjectStore, 'download' | 'getJson'>;
  readonly tables: Pick<ListingTables, 'openRuns' | 'page'>;
  readonly withWorkspace: WithWorkspace;
}
export interface RunsRequest {
  readonly sourceId: string;
  readonly state?: RunState | undefined;
  readonly search?: string | undefined;
  readonly within?: RunsQuery['within'] | undefined;
  readonly limit: number;
  /** Where the last page ended. */
  readonly cursor?: string | undefined;
}
/** `batchId`: who fetches it now, or fetched it last. */
export type RunItem = RunRecord & { readonly batchId?: string };
export type QueriedRuns =
  | {
      readonly outcome: 'found';
      readonly items: readonly RunItem[];
      readonly cursor?: string;
      /** All runs of the source by state, whatever was asked for. */
      readonly counts: Readonly<Partial<Record<RunState, number>>>;
    }
  | { readonly outcome: 'missing' };

/** The runs of a source's last good listing, sorted by accession, each with its state as it is now. Read only. */
export async function queryRuns(deps: QueryDeps, request: RunsRequest): Promise<QueriedRuns> {
  const source = await deps.stores.sources.get(request.sourceId);
  if (source === undefined) return { outcome: 'missing' };
  if (source.listingCycle === 0) return { outcome: 'found', items: [], counts: {} };
  return deps.withWorkspace(async (workspace) => {
    const records = await fetchRecords(deps.objects, { sourceId: source.sourceId, cycle: source.listingCycle }, workspace);
    const live = await liveStates(deps, records, source);
    const { state, search, within, cursor, limit } = request;
    const page = await deps.tables.page(records, {
      limit,
      live,
      ...(state !== undefined && { state }),
      ...(search !== undefined && { search }),
      ...(within !== undefined && { within }),
      ...(cursor !== undefined && { after: cursor }),
    });
    const last = page.items.at(-1)?.accession;
    const more = page.hasMore && last !== undefined ? { cursor: last } : {};
    return { outcome: 'found', items: await withBatches(deps, page.items), counts: page.counts, ...more };
  });
}

async function withBatches({ stores }: QueryDeps, records: readonly RunRecord[]): Promise<readonly RunItem[]> {
  const batches = new Map<string, string>();
  for (const keys of chunksOf(records.map(({ fetchKey }) => fetchKey).filter((key) => key !== ''))) {
    for (const [key, { claim, outcome }] of await stores.outcomes.known(keys)) {
      const batchId = claim?.holder ?? outcome?.batchId;
      if (batchId !== undefined) batches.set(key, batchId);
    }
  }
  return records.map((record) => {
    const batchId = batches.get(record.fetchKey);
    return batchId === undefined ? record : { ...record, batchId };
  });
}
