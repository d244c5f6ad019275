import type { Source } from '../entities';
import type { EnaPortal } from '../ports/ena';
import type { ListingTables, OddAccession, TableCounts, Workspace } from '../ports/listings';
import type { ObjectStore } from '../ports/outside';
import type { ListingSetting } from '../settings';
import type { Judgement, Rejection } from './acceptance';
import { listingKeys } from './keys';
import { columnsAbsent, type ListingWarning } from './listing-warnings';
import { judgeChange, lastListing, SUSPICIONS, type LastListing } from './suspicion';
import { validateListing } from './validate-listing';

export type Finished =
  | { readonly outcome: 'listed'; readonly listingKey: string; readonly rows: number; readonly warnings?: readonly ListingWarning[] }
  | RejectedListing;
// A type, not an interface: it is passed on as an execution's data.
export type RejectedListing = {
  readonly outcome: 'rejected';
  readonly code: Rejection;
  readonly detail: string;
  /** What the listing was whole with, where a person may confirm it. */
  readonly rows?: number;
};

interface FinishDeps {
  readonly objects: Pick<ObjectStore, 'upload' | 'putJson' | 'getJson'>;
  readonly tables: Pick<ListingTables, 'validate'>;
  readonly listing: ListingSetting;
  readonly ena: Pick<EnaPortal, 'count'>;
}
interface Candidate {
  readonly source: Source;
  readonly cycle: number;
  readonly workspace: Workspace;
  readonly query: string;
  /** Of the answer or answers, before they were one table. */
  readonly judged: Judgement;
  /** Makes `listing.parquet` in the workspace; called only where the answer is whole so far. */
  readonly convert: () => Promise<TableCounts>;
  /** Rows that came. */
  readonly rows: number;
  readonly absent: readonly string[];
  /** What stands in the evidence besides the verdict. */
  readonly evidence: Readonly<Record<string, unknown>>;
}

/**
 * The last steps of every listing: one table, each accession once, not too unlike the last one; then the listing is kept, and in any case
 * the evidence: why it was taken or not, for a person who doubts it. Running it twice rewrites the same keys.
 */
export async function finishListing(deps: FinishDeps, candidate: Candidate): Promise<Finished> {
  const { source, cycle, workspace, absent } = candidate;
  const keys = listingKeys(source.sourceId, cycle);
  const last = await lastListing(deps.objects, source);
  const { verdict, rows, withFiles } = await judged(deps, candidate, last);
  if (verdict.outcome === 'accepted')
    await deps.objects.upload(workspace.path('listing.parquet'), keys.listing, 'application/vnd.apache.parquet');
  await deps.objects.putJson(keys.evidence, {
    ...candidate.evidence,
    knownRows: last.rows,
    ...(withFiles !== undefined && { withFiles }),
    verdict,
  });
  if (verdict.outcome === 'rejected') return SUSPICIONS.some((code) => code === verdict.code) ? { ...verdict, rows } : verdict;
  const listing = { path: workspace.path('listing.parquet'), absent, key: keys.validation };
  const warnings = [...columnsAbsent(absent), ...(await validateListing(deps, listing))];
  return { outcome: 'listed', listingKey: keys.listing, rows, ...(warnings.length > 0 && { warnings }) };
}

async function judged(deps: FinishDeps, { source, judged: soFar, convert, rows, query }: Candidate, last: LastListing) {
  if (soFar.outcome === 'rejected') return { verdict: soFar, rows };
  const table = await convert();
  const { withFiles } = table;
  if (table.rows !== rows || table.runs !== rows) {
    const counts = `${rows} rows, ${table.rows} of them readable, with ${table.runs} distinct run accessions`;
    const detail = [counts, ...(table.odd ?? []).map(inWords)].join('; ').slice(0, 500);
    return { verdict: { outcome: 'rejected', code: 'duplicate-runs', detail } as const, rows, withFiles };
  }
  // A query that finds nothing at all is as likely a slip: a person confirms it.
  const isComparable = last.query === undefined || last.query === query || rows === 0;
  const alike = isComparable ? { rows, withFiles } : await askedAsBefore(deps, last.query, last);
  const verdict = alike === undefined ? ACCEPTED : judgeChange(alike, last, deps.listing, source.acceptedListing);
  return { verdict, rows, withFiles };
}

const inWords = ({ accession, rows, isAccession, sample, study }: OddAccession): string =>
  `${JSON.stringify(accession.slice(0, 60))} ${isAccession ? `comes ${rows} times` : 'is no accession'} (sample ${sample || 'unknown'}, study ${study || 'unknown'})`;

const ACCEPTED = { outcome: 'accepted' } as const;

/**
 * The source asks for other runs than last time, so that fewer of them are no sign of anything; ENA is well if it still has as many of
 * those asked for before. Nothing is known where it does not take that query any more. @throws ArchiveUnavailableError
 */
async function askedAsBefore({ ena }: FinishDeps, query: string, { withFiles = 0 }: LastListing) {
  const counted = await ena.count(query);
  return counted.outcome === 'counted' ? { rows: counted.rows, withFiles } : undefined;
}
