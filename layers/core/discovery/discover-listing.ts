import type { Source } from '../entities';
import type { EnaPortal } from '../ports/ena';
import type { ListingTables, WithWorkspace, Workspace } from '../ports/listings';
import type { Clock, ObjectStore } from '../ports/outside';
import { judgeListing, LISTING_ROW_LIMIT, scanListing, type Judgement, type ListingScan, type Rejection } from './acceptance';
import { askRuns, type RunsAnswer } from './ask-runs';
import { columnsAbsent, type ListingWarning } from './listing-warnings';
import { listingKeys } from './keys';
import { listingQuery } from './query';
import { listedRuns } from './summarize';
import { validateListing } from './validate-listing';

export interface DiscoverDeps {
  readonly objects: Pick<ObjectStore, 'upload' | 'putJson'>;
  readonly ena: EnaPortal;
  readonly tables: Pick<ListingTables, 'listingToParquet' | 'validate'>;
  readonly withWorkspace: WithWorkspace;
  readonly now: Clock;
  readonly stores: { readonly sources: { get(sourceId: string): Promise<Source | undefined> } };
}
export type Listed =
  | { readonly outcome: 'listed'; readonly listingKey: string; readonly rows: number; readonly warnings?: readonly ListingWarning[] }
  | { readonly outcome: 'rejected'; readonly code: Rejection; readonly detail: string }
  /** Too many for one request. */
  | { readonly outcome: 'needs-windows'; readonly rows: number }
  /** ENA shows no runs of it and never did, and does not know it either (or keeps it private). */
  | { readonly outcome: 'unknown-source'; readonly detail: string };

interface Asked {
  readonly source: Source;
  readonly cycle: number;
  readonly query: string;
  readonly countBefore: number;
  readonly knownRows: number;
  readonly askedAt: string;
}
interface Answer extends Pick<Extract<RunsAnswer, { readonly outcome: 'answered' }>, 'contentType' | 'columns' | 'absent'> {
  readonly scan: ListingScan;
}

/** ENA's index is rebuilt once a day; a listing taken across that moment is taken again at once, this many times in all. */
const TRIES = 2;

/**
 * Lists a source and keeps the answer, its evidence, and (when it counts) its Parquet form under the cycle's keys; see `Listed`.
 * Needs constant memory and, on disk, the gzipped answer. @throws ArchiveUnavailableError
 */
export async function discoverListing(deps: DiscoverDeps, source: Source, cycle: number): Promise<Listed> {
  const query = listingQuery(source);
  const knownRows = listedRuns(source.counts);
  const askedAt = deps.now().toISOString();
  let listed: Listed | undefined;
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const counted = await deps.ena.count(query);
    if (counted.outcome === 'refused') return { outcome: 'rejected', code: 'refused', detail: counted.detail };
    if (counted.rows > LISTING_ROW_LIMIT) return { outcome: 'needs-windows', rows: counted.rows };
    if (counted.rows === 0 && knownRows === 0 && (await isUnknown(deps.ena, source.sourceId))) {
      return { outcome: 'unknown-source', detail: `ENA shows no runs of ${source.sourceId} and does not know it` };
    }
    const asked = { source, cycle, query, countBefore: counted.rows, knownRows, askedAt };
    listed = await deps.withWorkspace((workspace) => takeListing(deps, asked, workspace));
    if (listed.outcome !== 'rejected' || listed.code !== 'count-moved') break;
  }
  return listed ?? { outcome: 'rejected', code: 'no-answer', detail: 'nothing was asked' };
}

async function isUnknown(ena: EnaPortal, sourceId: string): Promise<boolean> {
  const [kind, id = ''] = sourceId.split(':');
  const answer = kind === 'taxon' ? await ena.taxon(Number(id)) : await ena.study(id);
  return answer.outcome === 'unknown';
}

async function takeListing(deps: DiscoverDeps, asked: Asked, workspace: Workspace): Promise<Listed> {
  const { source, cycle, query, countBefore, knownRows } = asked;
  const answer = await receive(deps.ena, query, workspace);
  if ('refused' in answer) return { outcome: 'rejected', code: 'refused', detail: answer.refused };
  const counted = await deps.ena.count(query);
  const countAfter = counted.outcome === 'counted' ? counted.rows : -1;
  const judged = judgeListing({ ...answer, countBefore, countAfter, knownRows });
  const keys = listingKeys(source.sourceId, cycle);
  await deps.objects.upload(workspace.path('raw.tsv.gz'), keys.raw, 'application/gzip');
  const verdict = judged.outcome === 'accepted' ? await convert(deps, workspace, answer) : judged;
  if (verdict.outcome === 'accepted')
    await deps.objects.upload(workspace.path('listing.parquet'), keys.listing, 'application/vnd.apache.parquet');
  await deps.objects.putJson(keys.evidence, evidence(asked, answer, countAfter, verdict, deps.now().toISOString()));
  if (verdict.outcome === 'rejected') return verdict;
  const listing = { path: workspace.path('listing.parquet'), absent: answer.absent, key: keys.validation };
  const warnings = [...columnsAbsent(answer.absent), ...(await validateListing(deps, listing))];
  return { outcome: 'listed', listingKey: keys.listing, rows: answer.scan.rows, ...(warnings.length > 0 && { warnings }) };
}

/** Streams the answer to `raw.tsv.gz`, looking at it on the way. An answer of no bytes (HTTP 204) leaves a header alone. */
async function receive(ena: EnaPortal, query: string, workspace: Workspace): Promise<Answer | { readonly refused: string }> {
  const answer = await askRuns(ena, query);
  if (answer.outcome === 'refused') {
    const { detail, unknownColumns } = answer;
    return { refused: unknownColumns.length === 0 ? detail : `${detail}; ENA has no column ${unknownColumns.join(', ')} any more` };
  }
  const scanner = scanListing(answer.columns.length);
  const writer = workspace.writer('raw.tsv.gz', { gzip: true });
  for await (const chunk of answer.body) {
    scanner.push(chunk);
    await writer.write(chunk);
  }
  const scan = scanner.result();
  if (scan.bytes === 0) await writer.write(`${answer.columns.join('\t')}\n`);
  await writer.end();
  return { ...answer, scan };
}

async function convert(deps: DiscoverDeps, workspace: Workspace, { scan: { rows }, columns, absent }: Answer): Promise<Judgement> {
  const [raw, listing] = [workspace.path('raw.tsv.gz'), workspace.path('listing.parquet')];
  const converted = await deps.tables.listingToParquet(raw, columns, listing, absent);
  if (converted.rows === rows && converted.runs === rows) return { outcome: 'accepted' };
  const detail = `${rows} rows, ${converted.rows} of them readable, with ${converted.runs} distinct run accessions`;
  return { outcome: 'rejected', code: 'duplicate-runs', detail };
}

/** Why an answer was taken or not, for a person who doubts it. */
const evidence = (
  asked: Asked,
  { contentType, scan, columns, absent }: Answer,
  countAfter: number,
  verdict: Judgement,
  endedAt: string,
) => ({
  v: 1,
  sourceId: asked.source.sourceId,
  cycle: asked.cycle,
  query: asked.query,
  columns,
  absentColumns: absent,
  askedAt: asked.askedAt,
  endedAt,
  countBefore: asked.countBefore,
  countAfter,
  knownRows: asked.knownRows,
  contentType,
  ...scan,
  headerText: scan.headerText.slice(0, 2000),
  verdict,
});
