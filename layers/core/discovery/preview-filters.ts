import type { Source } from '../entities';
import type { FilterDocument } from '../filters/document-schema';
import { readFilters, type Found } from '../filters/read-filters';
import { FILTER_COLUMNS } from '../filters/rule-kind';
import { filtersVersion } from '../filters/version';
import { fetchKeyOf } from '../ids';
import type { ListingTables, WithWorkspace, Workspace } from '../ports/listings';
import type { Clock, ObjectStore } from '../ports/outside';
import type { Stores } from '../ports/stores';
import { chunksOf } from '../use-cases/chunks';
import type { Stage } from '../wire';
import { lastOf, takenStages, takeWorkflow } from '../workflows/take-workflow';
import { fetchRecords } from './fetch-records';
import { chooseFiles } from './file-rules';
import { filesHashOf } from './files-hash';
import { filterChain, type ActiveRule } from './filters';
import { listingKeys } from './keys';
import { liveStates } from './live-states';
import { previewTally, type BecomesIncluded, type Tallied, type Totals } from './preview-tally';

export interface PreviewDeps {
  readonly stores: Pick<Stores, 'sources' | 'outcomes' | 'claims' | 'workflows'>;
  readonly objects: Pick<ObjectStore, 'download' | 'getJson'>;
  readonly tables: Pick<ListingTables, 'openRuns' | 'verdicts' | 'rowsOf'>;
  readonly withWorkspace: WithWorkspace;
  readonly now: Clock;
  /** Hold for every source that says nothing else. */
  readonly filterDefaults: FilterDocument;
  /** The stage of the built-in workflow. */
  readonly stage: Stage;
}
export interface FilterPreview extends Omit<Tallied, 'becomeIncluded'> {
  readonly sourceId: string;
  /** To be sent with the filters when they are set. */
  readonly version: string;
  /** The listing that was judged; 0: there is none yet, and nothing to tell. */
  readonly listingCycle: number;
  /** False where time was up before all runs were judged: then all counts are those of the first `runs` of `listedRuns`. */
  readonly isWhole: boolean;
  readonly listedRuns: number;
  readonly becomeIncluded: Tallied['becomeIncluded'] & {
    /** Verified at home already: nothing is fetched. */
    readonly complete: number;
    /** Fetched at this moment. */
    readonly inWork: number;
    /** Runs beyond those that were looked up; they count as due. */
    readonly notLookedUp: number;
    readonly examples: readonly { readonly accession: string; readonly wasExcludedBy: string }[];
  };
  readonly warnings: readonly Found[];
}
export type Previewed =
  | { readonly outcome: 'previewed'; readonly preview: FilterPreview }
  | { readonly outcome: 'invalid'; readonly problems: readonly Found[]; readonly warnings: readonly Found[] }
  | { readonly outcome: 'missing' };

/** API Gateway ends a request after 29 s; what was judged by then is answered. */
export const PREVIEW_SECONDS = 20;
/** Runs for which it is looked up whether they are at home already. */
const LOOKED_UP = 5_000;
const EXAMPLES = 10;

/**
 * What other filters would change of a source, judged on the runs of its last good listing. Reads alone; runs stream through, so that
 * memory does not grow with their number.
 */
export async function previewFilters(deps: PreviewDeps, sourceId: string, document: unknown): Promise<Previewed> {
  const until = deps.now().getTime() + PREVIEW_SECONDS * 1000;
  const source = await deps.stores.sources.get(sourceId);
  if (source === undefined) return { outcome: 'missing' };
  const read = readFilters(document, deps.filterDefaults);
  if (read.outcome === 'invalid') return read;
  const rules = rulesOf(read.filters, deps.filterDefaults);
  const { warnings } = read;
  const base = { sourceId, version: filtersVersion(source), listingCycle: source.listingCycle, warnings };
  if (source.listingCycle === 0) return { outcome: 'previewed', preview: { ...base, ...NOTHING_LISTED } };
  const judged = await deps.withWorkspace((workspace) => judgeAll(deps, { source, rules, workspace, until }));
  return { outcome: 'previewed', preview: { ...base, ...judged } };
}

function rulesOf(filters: FilterDocument, defaults: FilterDocument): readonly ActiveRule[] {
  const chain = filterChain(filters, defaults);
  if (chain.outcome === 'invalid') throw new TypeError(`filters that were read cannot be read: ${chain.detail}`);
  return chain.rules;
}

type Judged = Omit<FilterPreview, 'sourceId' | 'version' | 'listingCycle' | 'warnings'>;
const NO_TOTALS: Totals = { included: 0, excluded: 0, excludedByRule: {}, dueRuns: 0, dueBytes: 0 };
const NOTHING_LISTED: Judged = {
  ...{ isWhole: true, listedRuns: 0, runs: 0, now: NO_TOTALS, then: NO_TOTALS },
  becomeExcluded: { runs: 0, bytes: 0, byRule: {}, complete: 0, inWork: 0, examples: [] },
  becomeIncluded: { runs: 0, bytes: 0, byRule: {}, complete: 0, inWork: 0, notLookedUp: 0, examples: [] },
};

interface Task {
  readonly source: Source;
  readonly rules: readonly ActiveRule[];
  readonly workspace: Workspace;
  readonly until: number;
}

async function judgeAll(deps: PreviewDeps, { source, rules, workspace, until }: Task): Promise<Judged> {
  const { sourceId, listingCycle: cycle } = source;
  const records = await fetchRecords(deps.objects, { sourceId, cycle }, workspace);
  const tally = previewTally(rules, await liveStates(deps, records, source));
  const back: BecomesIncluded[] = [];
  const isTimeUp = (): boolean => deps.now().getTime() >= until;
  const { listedRuns, chunks } = await deps.tables.verdicts(records, neededColumns(rules));
  for await (const chunk of chunks) {
    for (const run of chunk) {
      const included = tally.add(run);
      if (included !== undefined && back.length < LOOKED_UP) back.push(included);
    }
    if (isTimeUp()) break;
  }
  const tallied = tally.result();
  const known = isTimeUp() ? NOT_LOOKED_UP : await lookUp(deps, source, back, workspace);
  const { becomeIncluded, then } = tallied;
  const examples = back.slice(0, EXAMPLES).map(({ accession, rule }) => ({ accession, wasExcludedBy: rule }));
  const { complete, inWork, elsewhereBytes } = known;
  return {
    ...tallied,
    listedRuns,
    isWhole: tallied.runs === listedRuns,
    then: {
      ...then,
      dueRuns: then.dueRuns + becomeIncluded.runs - complete - inWork,
      dueBytes: then.dueBytes + becomeIncluded.bytes - elsewhereBytes,
    },
    becomeIncluded: { ...becomeIncluded, complete, inWork, notLookedUp: becomeIncluded.runs - known.lookedUp, examples },
  };
}

const neededColumns = (rules: readonly ActiveRule[]) =>
  FILTER_COLUMNS.filter((column) => rules.some(({ columns }) => columns.some((needed) => needed === column)));

interface Known {
  readonly lookedUp: number;
  readonly complete: number;
  readonly inWork: number;
  /** Bytes of the runs that are at home or on their way. */
  readonly elsewhereBytes: number;
}
const NOT_LOOKED_UP: Known = { lookedUp: 0, complete: 0, inWork: 0, elsewhereBytes: 0 };

/** A run that was left out has no fetchKey on record: its files are chosen from the listing's row, as the next cycle will. */
async function lookUp(deps: PreviewDeps, source: Source, runs: readonly BecomesIncluded[], workspace: Workspace): Promise<Known> {
  if (runs.length === 0) return NOT_LOOKED_UP;
  const { sourceId, listingCycle } = source;
  const path = workspace.path('listing.parquet');
  await deps.objects.download(listingKeys(sourceId, listingCycle).listing, path);
  const rows = await deps.tables.rowsOf(
    path,
    runs.map(({ accession }) => accession),
  );
  const stage = lastOf(await takenStages(deps, await takeWorkflow(deps, source)));
  const keys = rows.flatMap((row) => {
    // The address of the files is no part of their hash.
    const choice = chooseFiles(row, '');
    if (choice.outcome === 'excluded') return [];
    const bytes = choice.files.reduce((sum, file) => sum + file.bytes, 0);
    return [{ key: fetchKeyOf(row.run_accession, filesHashOf(choice.files), stage.name, stage.revision), bytes }];
  });
  const found = { complete: 0, inWork: 0, elsewhereBytes: 0 };
  for (const some of chunksOf(keys)) {
    const known = await deps.stores.outcomes.known(some.map(({ key }) => key));
    for (const { key, bytes } of some) {
      const { claim, outcome } = known.get(key) ?? {};
      const isComplete = outcome?.result === 'complete';
      if (!isComplete && claim === undefined) continue;
      found[isComplete ? 'complete' : 'inWork'] += 1;
      found.elsewhereBytes += bytes;
    }
  }
  return { ...found, lookedUp: runs.length };
}
