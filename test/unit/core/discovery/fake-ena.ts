/** An ENA in memory that evaluates queries, in another order of rows each time; and tables of JSON lines instead of Parquet. */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { EnaPortal } from '../../../../layers/core/ports/ena';
import type { ListingTables, TableCounts } from '../../../../layers/core/ports/listings';
import { meets, parseQuery } from '../../../world/ena/query';
import { seededRandom, shuffled } from '../../../world/ena/random';

export type Row = Readonly<Record<string, string>>;
export interface FakeEna extends EnaPortal {
  /** Questions asked so far. */
  readonly asked: { counts: number; lists: number };
}

/** @param before called ahead of every answer; may throw, or change the rows */
export function fakeEna(rows: readonly Row[], before: () => void = () => undefined, seed = 1): FakeEna {
  const random = seededRandom(seed);
  const asked = { counts: 0, lists: 0 };
  const found = (query: string): readonly Row[] => {
    const parsed = parseQuery(query);
    if (parsed.outcome === 'refused') throw new Error(parsed.message);
    return rows.filter((row) => meets(parsed.query, row, (taxId, ancestor) => taxId === ancestor));
  };
  return {
    asked,
    count: async (query) => {
      asked.counts += 1;
      before();
      return { outcome: 'counted', rows: found(query).length };
    },
    list: async (query, columns) => {
      asked.lists += 1;
      before();
      const lines = [columns, ...shuffled(found(query), random).map((row) => columns.map((column) => row[column] ?? ''))];
      const text = lines.map((line) => `${line.join('\t')}\n`).join('');
      return {
        outcome: 'answered',
        contentType: 'text/tab-separated-values',
        body: (async function* () {
          yield Buffer.from(text);
        })(),
      };
    },
    study: async (primary) => ({ outcome: 'found', primary, secondary: 'ERP1' }),
    taxon: async (taxId) => ({ outcome: 'found', taxId, scientificName: 'x', rank: 'species' }),
  };
}

const counts = (lines: readonly string[]): TableCounts => ({
  rows: lines.length,
  runs: new Set(lines.map((line) => line.split('\t')[0])).size,
  withFiles: lines.length,
});
const linesOf = (text: string): readonly string[] => text.split('\n').slice(0, -1);

/** What the listing steps need of tables: a table is its rows, one a line, without the header. */
export const lineTables: Pick<ListingTables, 'listingToParquet' | 'mergeListings' | 'validate'> = {
  listingToParquet: async (from, _columns, to) => {
    const lines = linesOf(gunzipSync(readFileSync(from)).toString('utf8')).slice(1);
    writeFileSync(to, lines.map((line) => `${line}\n`).join(''));
    return counts(lines);
  },
  mergeListings: async (from, to) => {
    const lines = from.flatMap((path) => linesOf(readFileSync(path, 'utf8')));
    writeFileSync(to, lines.map((line) => `${line}\n`).join(''));
    return counts(lines);
  },
  validate: async (path) => ({ rows: linesOf(readFileSync(path, 'utf8')).length, invalidRows: 0, counts: [], errors: [] }),
};
