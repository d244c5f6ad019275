/** What ENA is asked for one listing of a large taxon: the product's own listing over an archive of counts, and its questions counted. */
import { DEFAULT_FILTERS } from '../../../../layers/core/filters/rules';
import { ASKED_COLUMNS } from '../../../../layers/core/discovery/columns';
import { discoverListing } from '../../../../layers/core/discovery/discover-listing';
import type { EnaPortal } from '../../../../layers/core/ports/ena';
import type { Workspace } from '../../../../layers/core/ports/listings';
import { aSource } from '../../../unit/core/discovery/factories';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { meets, parseQuery } from '../../../world/ena/query';

const FIRST_DAY = new Date('2008-01-01T00:00:00.000Z');
const DAY_MS = 86_400_000;
const NOW = new Date('2026-01-01T00:00:00.000Z');
/** The defaults of the configuration. */
const LISTING = { rowLimit: 250_000, secondsPerCall: 600, dropShare: 0.1, dropRowsMin: 10, blankShare: 0.1 };
const LINES = 10_000;

export interface EnaRequests {
  readonly runs: number;
  readonly counts: number;
  readonly searches: number;
}

/** An archive of so many runs: every day from 2008 on brings more than the one before, and one run of 200 has no date. */
export async function enaRequests(runs: number): Promise<EnaRequests> {
  const { ena, asked, sent } = archiveOf(runs);
  const source = aSource({ sourceId: 'taxon:2', includeSubtree: true, cycle: 1, cycleRunning: true });
  const deps = {
    ...{ ena, now: () => NOW, listing: LISTING, filterDefaults: DEFAULT_FILTERS },
    objects: { ...memoryObjects(() => NOW), upload: async () => ({ bytes: 0 }), download: async () => undefined },
    tables: {
      listingToParquet: async () => wholeTable(sent.last),
      mergeListings: async () => wholeTable(sent.all),
      validate: async () => ({ rows: sent.all, invalidRows: 0, counts: [], errors: [] }),
    },
    withWorkspace: <T>(use: (workspace: Workspace) => Promise<T>) => use(NOWHERE),
    stores: { sources: { get: async () => source } },
  };
  const listed = await discoverListing(deps, source, 1);
  if (listed.outcome !== 'listed' || listed.rows !== runs) throw new Error(`the listing ended otherwise: ${JSON.stringify(listed)}`);
  return { runs, ...asked };
}

/** Rows are as wide as ENA's and empty: how many there are is all that counts here. */
function archiveOf(runs: number) {
  const asked = { counts: 0, searches: 0 };
  const sent = { last: 0, all: 0 };
  const days = daysOf(runs);
  const countOf = (query: string): number => {
    const parsed = parseQuery(query);
    if (parsed.outcome === 'refused') throw new Error(parsed.message);
    return days.reduce((sum, { row, rows }) => sum + (meets(parsed.query, row, () => true) ? rows : 0), 0);
  };
  const ena: EnaPortal = {
    count: async (query) => {
      asked.counts += 1;
      return { outcome: 'counted', rows: countOf(query) };
    },
    list: async (query, columns) => {
      asked.searches += 1;
      sent.last = countOf(query);
      sent.all += sent.last;
      return { outcome: 'answered', contentType: 'text/tab-separated-values', body: linesOf(columns, sent.last) };
    },
    study: async () => ({ outcome: 'unknown' }),
    taxon: async () => ({ outcome: 'unknown' }),
  };
  return { ena, asked, sent };
}

/** Days with the number of their runs, all together exactly as many as asked for. */
function daysOf(runs: number): readonly { readonly row: Readonly<Record<string, string>>; readonly rows: number }[] {
  const count = Math.floor((NOW.getTime() - FIRST_DAY.getTime()) / DAY_MS);
  const dated = runs - Math.floor(runs / 200);
  // So many up to the end of a day: the square of its number, as a share.
  const until = (day: number): number => Math.floor((dated * day * day) / (count * count));
  const days = Array.from({ length: count }, (_, day) => ({
    row: { first_public: new Date(FIRST_DAY.getTime() + day * DAY_MS).toISOString().slice(0, 10) },
    rows: until(day + 1) - until(day),
  }));
  return [...days, { row: { first_public: '' }, rows: runs - dated }];
}

async function* linesOf(columns: readonly string[], rows: number): AsyncGenerator<Buffer> {
  yield Buffer.from(`${columns.join('\t')}\n`);
  const line = `${'\t'.repeat(ASKED_COLUMNS.length - 1)}\n`;
  const many = Buffer.from(line.repeat(LINES));
  for (let left = rows; left > 0; left -= LINES) yield left >= LINES ? many : Buffer.from(line.repeat(left));
}

const wholeTable = (rows: number) => ({ rows, runs: rows, withFiles: rows });
const NOWHERE: Workspace = {
  path: (name) => name,
  writer: () => ({ write: async () => undefined, end: async () => undefined }),
  gzippedLines: () => {
    throw new Error('nothing is read back from an answer');
  },
};
