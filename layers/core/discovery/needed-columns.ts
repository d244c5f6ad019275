import type { Source } from '../entities';
import type { FilterDocument } from '../filters/document-schema';
import type { ObjectStore } from '../ports/outside';
import { isWanted } from './columns';
import { filterChain } from './filters';
import { listingKeys } from './keys';
import { Validation } from './validate-listing';

/** Columns that a source cannot do without although others can, each with the rules of its filters that read it. */
export type NeededColumns = ReadonlyMap<string, readonly string[]>;

/**
 * An empty column would have its rules leave out every run, so what the source's active rules read is needed. Pure; filters that cannot be
 * read need nothing here: the comparison refuses them.
 */
export function neededColumns({ filters }: Pick<Source, 'filters'>, defaults: FilterDocument): NeededColumns {
  const chain = filterChain(filters, defaults);
  const needed = new Map<string, string[]>();
  for (const { rule, columns } of chain.outcome === 'ok' ? chain.rules : [])
    for (const column of columns.filter(isWanted)) needed.set(column, [...(needed.get(column) ?? []), rule]);
  return needed;
}

/**
 * What a cycle's listing lacks of the columns that the rules of its source read, in words; undefined where it lacks none. ListRuns takes no
 * such listing, but filters may be set after it. Read only.
 */
export async function absentOfRules(
  { objects, filterDefaults }: { readonly objects: Pick<ObjectStore, 'getJson'>; readonly filterDefaults: FilterDocument },
  source: Source,
  cycle: number,
): Promise<string | undefined> {
  const needed = neededColumns(source, filterDefaults);
  const kept = needed.size === 0 ? undefined : await objects.getJson(listingKeys(source.sourceId, cycle).validation, Validation);
  const absent = (kept?.absentColumns ?? []).filter((column) => needed.has(column));
  return absent.length === 0 ? undefined : `this listing was taken without ${columnsInWords(absent, needed)}`;
}

/** `instrument_model, which the filter rule instrument-model reads`; pure. */
export const columnsInWords = (columns: readonly string[], needed: NeededColumns): string =>
  columns
    .map((column) => {
      const rules = needed.get(column) ?? [];
      if (rules.length === 0) return column;
      return `${column}, which the filter ${rules.length === 1 ? 'rule' : 'rules'} ${rules.join(' and ')} of this source ${rules.length === 1 ? 'reads' : 'read'}`;
    })
    .join('; ');
