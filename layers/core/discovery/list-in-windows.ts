import type { Source } from '../entities';
import type { Workspace } from '../ports/listings';
import { judgeListing, type Judgement } from './acceptance';
import { ASKED_COLUMNS } from './columns';
import { finishListing } from './finish-listing';
import { listingKeys, windowKeys } from './keys';
import { readProgress, writeProgress, type TakenWindow, type WindowedListing } from './listing-progress';
import { TRIES, type Asked, type DiscoverDeps, type Listed } from './listing-steps';
import { neededColumns } from './needed-columns';
import { splitOne, startPlan, type Counted } from './plan-windows';
import { receiveAnswer } from './receive-answer';
import { windowName, windowQuery } from './windows';

interface Call {
  readonly source: Source;
  readonly cycle: number;
  /** Milliseconds since 1970 after which no further window is begun. */
  readonly until: number;
}
type Verdict = Extract<Listed, { readonly outcome: 'rejected' }>;
/** One step: the listing as it stands after it, or the end of it, and what its evidence says of that. */
type Step =
  { readonly outcome: 'on'; readonly listing: WindowedListing } | (Verdict & { readonly badWindow?: Readonly<Record<string, unknown>> });

/**
 * Lists a source that is too large for one request: windows are planned by counting, taken one by one, and put together when all are
 * there. After every request the progress is kept, so that a call that ends, or dies, costs at most the window that it was taking; a
 * window has one number and one key, so that taking it twice replaces it.
 */
export async function listInWindows(deps: DiscoverDeps, call: Call, from: WindowedListing | Asked): Promise<Listed> {
  let listing = 'plan' in from ? from : begin(deps, from, 1);
  for (let steps = 0; ; steps += 1) {
    const { plan, taken } = listing;
    const isWhole = plan.open.length === 0 && taken.length === plan.leaves.length;
    if (isWhole) {
      const ended = await assemble(deps, call, listing);
      if (ended.outcome !== 'rejected' || ended.code !== 'count-moved') return ended;
      const again = await beginAgain(deps, listing);
      if (again === undefined) return ended;
      listing = again;
    } else {
      // Every call does at least one step, so that any number of short calls comes to an end.
      if (steps > 0 && deps.now().getTime() >= call.until)
        return { outcome: 'unfinished', windows: plan.leaves.length, taken: taken.length };
      const step = plan.open.length > 0 ? await planOne(deps, listing) : await takeOne(deps, call, listing);
      if (step.outcome === 'rejected') return rejected(deps, call, listing, step);
      listing = step.listing;
    }
    await keep(deps, call, listing);
  }
}

const begin = (deps: DiscoverDeps, { query, countBefore }: Pick<Asked, 'query' | 'countBefore'>, tries: number): WindowedListing => ({
  query,
  rowLimit: deps.listing.rowLimit,
  askedAt: deps.now().toISOString(),
  countBefore,
  tries,
  plan: startPlan(countBefore),
  taken: [],
});

/** @returns undefined where it was begun anew often enough, or ENA does not count any more */
async function beginAgain(deps: DiscoverDeps, { query, tries }: WindowedListing): Promise<WindowedListing | undefined> {
  if (tries >= TRIES) return undefined;
  const counted = await deps.ena.count(query);
  return counted.outcome === 'counted' ? begin(deps, { query, countBefore: counted.rows }, tries + 1) : undefined;
}

async function keep(deps: DiscoverDeps, { source: { sourceId }, cycle }: Call, listing: WindowedListing): Promise<void> {
  const { calls } = await readProgress(deps.objects, sourceId, cycle);
  await writeProgress(deps.objects, sourceId, cycle, { v: 1, calls, listing });
}

async function planOne(deps: DiscoverDeps, listing: WindowedListing): Promise<Step> {
  const { query, rowLimit } = listing;
  const today = deps.now().toISOString().slice(0, 10);
  const planned = await splitOne({ count: (text) => deps.ena.count(text), query, rowLimit, today }, listing.plan);
  return planned.outcome === 'planned' ? { outcome: 'on', listing: { ...listing, plan: planned.plan } } : planned;
}

function takeOne(deps: DiscoverDeps, call: Call, listing: WindowedListing): Promise<Step> {
  return deps.withWorkspace(async (workspace): Promise<Step> => {
    const number = listing.taken.length + 1;
    const leaf = listing.plan.leaves[number - 1];
    if (leaf === undefined) return { outcome: 'on', listing };
    const query = windowQuery(listing.query, leaf.window);
    const absent = new Set(listing.taken.flatMap((taken) => taken.absent));
    const columns = ASKED_COLUMNS.filter((column) => !absent.has(column));
    const needed = neededColumns(call.source, deps.filterDefaults);
    const answer = await receiveAnswer(deps.ena, query, { workspace, name: 'raw.tsv.gz', columns, needed });
    if ('refused' in answer) return { outcome: 'rejected', code: 'refused', detail: `${windowName(leaf.window)}: ${answer.refused}` };
    const { scan, contentType } = answer;
    const keys = windowKeys(call.source.sourceId, call.cycle, number);
    await deps.objects.upload(workspace.path('raw.tsv.gz'), keys.raw, 'application/gzip');
    const judged = judgeListing({ ...answer, countBefore: leaf.rows, countAfter: leaf.rows });
    if (judged.outcome === 'rejected') return rejectWindow(deps, listing, { leaf, number, judged, scan, contentType });
    const [raw, table] = [workspace.path('raw.tsv.gz'), workspace.path('window.parquet')];
    await deps.tables.listingToParquet(raw, answer.columns, table, answer.absent);
    await deps.objects.upload(table, keys.listing, 'application/vnd.apache.parquet');
    const taken: TakenWindow = { rows: scan.rows, bytes: scan.bytes, contentType, absent: [...answer.absent] };
    return { outcome: 'on', listing: { ...listing, taken: [...listing.taken, taken] } };
  });
}

interface Bad {
  readonly leaf: Counted;
  readonly number: number;
  readonly judged: Extract<Judgement, { readonly outcome: 'rejected' }>;
  readonly scan: { readonly headerText: string; readonly rows: number; readonly bytes: number };
  readonly contentType: string;
}

/** A window that does not count ends the listing, unless runs came in meanwhile: then it begins anew. The evidence names the window. */
async function rejectWindow(deps: DiscoverDeps, listing: WindowedListing, bad: Bad): Promise<Step> {
  const counted = bad.judged.code === 'row-count' ? await deps.ena.count(listing.query) : undefined;
  if (counted?.outcome === 'counted' && counted.rows !== listing.countBefore && listing.tries < TRIES) {
    const { query, tries } = listing;
    return { outcome: 'on', listing: begin(deps, { query, countBefore: counted.rows }, tries + 1) };
  }
  const { number, leaf, scan, contentType } = bad;
  const detail = `window ${number} (${windowName(leaf.window)}): ${bad.judged.detail}`;
  const window = { number, query: windowQuery(listing.query, leaf.window), counted: leaf.rows, contentType, ...scan };
  return { ...bad.judged, detail, badWindow: { ...window, headerText: scan.headerText.slice(0, 2000) } };
}

/** Keeps why, whatever ended it. */
async function rejected(deps: DiscoverDeps, call: Call, listing: WindowedListing, end: Exclude<Step, { outcome: 'on' }>): Promise<Verdict> {
  const { badWindow, ...verdict } = end;
  await deps.objects.putJson(listingKeys(call.source.sourceId, call.cycle).evidence, {
    ...evidenceOf(deps, call, listing),
    ...(badWindow && { badWindow }),
    verdict,
  });
  return verdict;
}

/** All windows as one table. The rows of the windows are the number counted before and after, and each accession is there once. */
function assemble(deps: DiscoverDeps, call: Call, listing: WindowedListing): Promise<Listed> {
  return deps.withWorkspace(async (workspace) => {
    const counted = await deps.ena.count(listing.query);
    const countAfter = counted.outcome === 'counted' ? counted.rows : -1;
    const rows = listing.taken.reduce((sum, taken) => sum + taken.rows, 0);
    return finishListing(deps, {
      source: call.source,
      cycle: call.cycle,
      workspace,
      query: listing.query,
      rows,
      absent: [...new Set(listing.taken.flatMap(({ absent }) => absent))],
      judged: judgeSum(rows, listing.countBefore, countAfter),
      convert: () => mergeWindows(deps, call, listing, workspace),
      evidence: { ...evidenceOf(deps, call, listing), countAfter, rows },
    });
  });
}

function judgeSum(rows: number, countBefore: number, countAfter: number): Judgement {
  if (countBefore !== countAfter) {
    return { outcome: 'rejected', code: 'count-moved', detail: `${countBefore} runs counted before, ${countAfter} after` };
  }
  if (rows === countBefore) return { outcome: 'accepted' };
  return { outcome: 'rejected', code: 'row-count', detail: `${rows} rows in all windows where ${countBefore} runs were counted` };
}

async function mergeWindows(deps: DiscoverDeps, { source: { sourceId }, cycle }: Call, listing: WindowedListing, workspace: Workspace) {
  const paths: string[] = [];
  for (const number of listing.taken.keys()) {
    const path = workspace.path(`window-${number + 1}.parquet`);
    await deps.objects.download(windowKeys(sourceId, cycle, number + 1).listing, path);
    paths.push(path);
  }
  return deps.tables.mergeListings(paths, workspace.path('listing.parquet'));
}

const evidenceOf = (deps: DiscoverDeps, { source, cycle }: Call, listing: WindowedListing) => ({
  v: 1,
  sourceId: source.sourceId,
  cycle,
  query: listing.query,
  columns: ASKED_COLUMNS,
  askedAt: listing.askedAt,
  endedAt: deps.now().toISOString(),
  countBefore: listing.countBefore,
  tries: listing.tries,
  windows: listing.plan.leaves.map(({ window, rows }, at) => ({
    number: at + 1,
    name: windowName(window),
    counted: rows,
    rows: listing.taken[at]?.rows,
    bytes: listing.taken[at]?.bytes,
  })),
});
