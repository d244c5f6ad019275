import type { Source } from '../entities';
import { ArchiveUnavailableError } from '../errors';
import type { EnaPortal } from '../ports/ena';
import type { Workspace } from '../ports/listings';
import { judgeListing } from './acceptance';
import { ASKED_COLUMNS } from './columns';
import { finishListing, type Finished, type RejectedListing } from './finish-listing';
import { listingKeys } from './keys';
import { listInWindows } from './list-in-windows';
import { readProgress, writeProgress } from './listing-progress';
import { TRIES, type Asked, type DiscoverDeps, type Listed } from './listing-steps';
import { neededColumns } from './needed-columns';
import { listingQuery } from './query';
import { receiveAnswer } from './receive-answer';
import { listedRuns } from './summarize';

/** Calls of one cycle that may end without a whole listing: it bounds the execution's history. */
export const CALL_LIMIT = 40;
/** Longest Retry-After that a cycle waits for. */
const LONGEST_WAIT_SECONDS = 900;

/**
 * Lists a source and keeps the answer, its evidence, and (when it counts) its Parquet form under the cycle's keys; see `Listed`.
 * Needs constant memory and, on disk, the gzipped answers of one window, or all windows as Parquet.
 * @throws ArchiveUnavailableError where ENA does not say when to ask again
 */
export async function discoverListing(deps: DiscoverDeps, source: Source, cycle: number): Promise<Listed> {
  try {
    const listed = await list(deps, source, cycle);
    return listed.outcome === 'unfinished' ? await another(deps, source, cycle, listed) : listed;
  } catch (error) {
    if (!(error instanceof ArchiveUnavailableError) || error.retryAfterSeconds === undefined) throw error;
    const afterSeconds = Math.max(1, error.retryAfterSeconds);
    const told = { afterSeconds, detail: error.message };
    if (afterSeconds > LONGEST_WAIT_SECONDS) return { outcome: 'unavailable', ...told };
    return another(deps, source, cycle, { outcome: 'postponed', ...told });
  }
}

/** Lets a further call go on, a bounded number of times. */
async function another(deps: DiscoverDeps, { sourceId }: Source, cycle: number, listed: Listed): Promise<Listed> {
  const progress = await readProgress(deps.objects, sourceId, cycle);
  const calls = progress.calls + 1;
  if (calls > CALL_LIMIT) return { outcome: 'rejected', code: 'unfinished', detail: `not whole after ${CALL_LIMIT} calls` };
  await writeProgress(deps.objects, sourceId, cycle, { ...progress, calls });
  return listed;
}

async function list(deps: DiscoverDeps, source: Source, cycle: number): Promise<Listed> {
  const query = listingQuery(source);
  const until = deps.now().getTime() + deps.listing.secondsPerCall * 1000;
  const askedAt = deps.now().toISOString();
  const { listing: begun } = await readProgress(deps.objects, source.sourceId, cycle);
  if (begun?.query === query && begun.rowLimit === deps.listing.rowLimit) return listInWindows(deps, { source, cycle, until }, begun);
  let listed: Finished | undefined;
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const counted = await deps.ena.count(query);
    if (counted.outcome === 'refused') return refuse(deps, { source, cycle, query, askedAt }, counted.detail);
    const asked = { source, cycle, query, countBefore: counted.rows, askedAt };
    if (counted.rows > deps.listing.rowLimit) return listInWindows(deps, { source, cycle, until }, asked);
    if (counted.rows === 0 && isNew(source) && (await isUnknown(deps.ena, source.sourceId))) {
      return { outcome: 'unknown-source', detail: `ENA shows no runs of ${source.sourceId} and does not know it` };
    }
    listed = await deps.withWorkspace((workspace) => takeListing(deps, asked, workspace));
    if (listed.outcome !== 'rejected' || listed.code !== 'count-moved') break;
  }
  return listed ?? { outcome: 'rejected', code: 'no-answer', detail: 'nothing was asked' };
}

const isNew = ({ counts }: Source): boolean => listedRuns(counts) === 0;

async function isUnknown(ena: EnaPortal, sourceId: string): Promise<boolean> {
  const [kind, id = ''] = sourceId.split(':');
  const answer = kind === 'taxon' ? await ena.taxon(Number(id)) : await ena.study(id);
  return answer.outcome === 'unknown';
}

async function takeListing(deps: DiscoverDeps, asked: Asked, workspace: Workspace): Promise<Finished> {
  const { source, cycle, query, countBefore, askedAt } = asked;
  const answer = await receiveAnswer(deps.ena, query, {
    workspace,
    name: 'raw.tsv.gz',
    needed: neededColumns(source, deps.filterDefaults),
  });
  if ('refused' in answer) return refuse(deps, asked, answer.refused);
  const { columns, absent, contentType, scan } = answer;
  const counted = await deps.ena.count(query);
  const countAfter = counted.outcome === 'counted' ? counted.rows : -1;
  const [raw, listing] = [workspace.path('raw.tsv.gz'), workspace.path('listing.parquet')];
  await deps.objects.upload(raw, listingKeys(source.sourceId, cycle).raw, 'application/gzip');
  return finishListing(deps, {
    source,
    cycle,
    workspace,
    query,
    absent,
    rows: scan.rows,
    judged: judgeListing({ columns, contentType, scan, countBefore, countAfter }),
    convert: () => deps.tables.listingToParquet(raw, columns, listing, absent),
    evidence: {
      ...{ v: 1, sourceId: source.sourceId, cycle, query, columns, absentColumns: absent, askedAt },
      ...{ endedAt: deps.now().toISOString(), countBefore, countAfter, contentType },
      ...scan,
      headerText: scan.headerText.slice(0, 2000),
    },
  });
}

/** ENA refused the question: there is no answer to keep, but what was asked and what ENA said to it. */
async function refuse(deps: DiscoverDeps, asked: Omit<Asked, 'countBefore'>, detail: string): Promise<RejectedListing> {
  const { source, cycle, query, askedAt } = asked;
  const verdict = { outcome: 'rejected', code: 'refused', detail } as const;
  const evidence = { v: 1, sourceId: source.sourceId, cycle, query, columns: ASKED_COLUMNS, askedAt, endedAt: deps.now().toISOString() };
  await deps.objects.putJson(listingKeys(source.sourceId, cycle).evidence, { ...evidence, verdict });
  return verdict;
}
