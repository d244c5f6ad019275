import type { Source } from '../entities';
import type { ListingTables, MirrorPaths, Workspace } from '../ports/listings';
import type { ObjectStore } from '../ports/outside';
import { fetchRecords } from './fetch-records';
import { listingKeys } from './keys';
import type { EntityItem, EntityKind } from './mirror';
import { liveStates } from './live-states';
import { queryRuns, type QueryDeps, type RunItem } from './query-runs';
import { Validation } from './validate-listing';

export interface MirrorDeps extends QueryDeps {
  readonly objects: Pick<ObjectStore, 'download' | 'getJson'>;
  readonly tables: Pick<ListingTables, 'openRuns' | 'page' | 'entities' | 'columnsOfRun'>;
}
interface Missing {
  /** Of the source, or of what was asked for within it. */
  readonly outcome: 'missing';
  readonly what: 'source' | 'entity';
}
const missing = (what: Missing['what']): Missing => ({ outcome: 'missing', what });

/** The source's last good listing and its records, as local files. @throws ObjectMissingError */
export async function fetchMirror(
  objects: Pick<ObjectStore, 'download' | 'getJson'>,
  { sourceId, listingCycle }: Source,
  workspace: Workspace,
): Promise<MirrorPaths> {
  const listing = workspace.path('listing.parquet');
  await objects.download(listingKeys(sourceId, listingCycle).listing, listing);
  return { listing, records: await fetchRecords(objects, { sourceId, cycle: listingCycle }, workspace) };
}

/** Runs `use` on the mirror of a source; `empty` before its first listing. */
async function onMirror<T>(
  deps: MirrorDeps,
  sourceId: string,
  empty: T,
  use: (paths: MirrorPaths, source: Source) => Promise<T>,
): Promise<T | Missing> {
  const source = await deps.stores.sources.get(sourceId);
  if (source === undefined) return missing('source');
  if (source.listingCycle === 0) return empty;
  return deps.withWorkspace(async (workspace) => use(await fetchMirror(deps.objects, source, workspace), source));
}

export interface EntitiesRequest {
  readonly sourceId: string;
  readonly kind: EntityKind;
  readonly search?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}
export type QueriedEntities = { readonly outcome: 'found'; readonly items: readonly EntityItem[]; readonly cursor?: string } | Missing;

/** A page of the studies, samples or experiments of a source, by accession, with runs and bytes as they stand now. Read only. */
export async function queryEntities(deps: MirrorDeps, request: EntitiesRequest): Promise<QueriedEntities> {
  const { sourceId, kind, search, limit, cursor } = request;
  return onMirror<QueriedEntities>(deps, sourceId, { outcome: 'found', items: [] }, async (paths, source) => {
    const live = await liveStates(deps, paths.records, source);
    const query = { kind, limit, live, ...(search !== undefined && { search }), ...(cursor !== undefined && { after: cursor }) };
    const { items, hasMore } = await deps.tables.entities(paths, query);
    const last = items.at(-1)?.accession;
    return { outcome: 'found', items, ...(hasMore && last !== undefined && { cursor: last }) };
  });
}

export interface EntityRequest {
  readonly sourceId: string;
  readonly kind: EntityKind;
  readonly accession: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}
export type QueriedEntity =
  | {
      readonly outcome: 'found';
      readonly item: EntityItem;
      readonly runs: { readonly items: readonly RunItem[]; readonly cursor?: string };
    }
  | Missing;

/** One study, sample or experiment with a page of its runs. Read only. */
export async function queryEntity(deps: MirrorDeps, request: EntityRequest): Promise<QueriedEntity> {
  const { sourceId, kind, accession, limit, cursor } = request;
  const item = await onMirror<EntityItem | Missing>(deps, sourceId, missing('entity'), async (paths, source) => {
    const live = await liveStates(deps, paths.records, source);
    const { items } = await deps.tables.entities(paths, { kind, accession, live, limit: 1 });
    return items[0] ?? missing('entity');
  });
  if ('outcome' in item) return item;
  const runs = await queryRuns(deps, { sourceId, within: { kind, accession }, limit, cursor });
  if (runs.outcome === 'missing') return missing('source');
  return { outcome: 'found', item, runs: { items: runs.items, ...(runs.cursor !== undefined && { cursor: runs.cursor }) } };
}

export type QueriedRun = { readonly outcome: 'found'; readonly run: RunItem; readonly columns: Readonly<Record<string, string>> } | Missing;

/** One run: what Trawl knows of it, and everything that ENA says. Read only. */
export async function queryRun(deps: MirrorDeps, sourceId: string, accession: string): Promise<QueriedRun> {
  const found = await queryRuns(deps, { sourceId, within: { kind: 'runs', accession }, limit: 1 });
  if (found.outcome === 'missing') return missing('source');
  const [run] = found.items;
  if (run === undefined) return missing('entity');
  return onMirror<QueriedRun>(deps, sourceId, missing('entity'), async (paths) => {
    const columns = (await deps.tables.columnsOfRun(paths, accession)) ?? {};
    return { outcome: 'found', run, columns };
  });
}

export type QueriedValidation = { readonly outcome: 'found'; readonly cycle: number; readonly validation?: Validation } | Missing;

/** What the schema found in the last good listing; nothing where an older version took it. Read only. */
export async function queryValidation(deps: MirrorDeps, sourceId: string): Promise<QueriedValidation> {
  const source = await deps.stores.sources.get(sourceId);
  if (source === undefined) return missing('source');
  const { listingCycle: cycle } = source;
  const validation = cycle === 0 ? undefined : await deps.objects.getJson(listingKeys(sourceId, cycle).validation, Validation);
  return { outcome: 'found', cycle, ...(validation && { validation }) };
}
