import type { Source } from '../entities';
import type { ListingTables, Workspace } from '../ports/listings';
import type { ObjectStore } from '../ports/outside';
import type { ListingSetting } from '../settings';
import type { Judgement, Rejection } from './acceptance';
import { listingKeys } from './keys';
import { columnsAbsent, type ListingWarning } from './listing-warnings';
import { judgeChange, lastListing, SUSPICIONS } from './suspicion';
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
}
interface Candidate {
  readonly source: Source;
  readonly cycle: number;
  readonly workspace: Workspace;
  /** Of the answer or answers, before they were one table. */
  readonly judged: Judgement;
  /** Makes `listing.parquet` in the workspace; called only where the answer is whole so far. */
  readonly convert: () => Promise<{ readonly rows: number; readonly runs: number; readonly withFiles: number }>;
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

async function judged(
  deps: FinishDeps,
  { source, judged: soFar, convert, rows }: Candidate,
  last: Awaited<ReturnType<typeof lastListing>>,
) {
  if (soFar.outcome === 'rejected') return { verdict: soFar, rows };
  const table = await convert();
  const { withFiles } = table;
  if (table.rows !== rows || table.runs !== rows) {
    const detail = `${rows} rows, ${table.rows} of them readable, with ${table.runs} distinct run accessions`;
    return { verdict: { outcome: 'rejected', code: 'duplicate-runs', detail } as const, rows, withFiles };
  }
  return { verdict: judgeChange({ rows, withFiles }, last, deps.listing, source.acceptedListing), rows, withFiles };
}
