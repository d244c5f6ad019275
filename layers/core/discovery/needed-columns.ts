import type { Source } from '../entities';
import { isWanted } from './columns';
import { filterChain } from './filters';

/** Columns that a source cannot do without although others can, each with the rules of its filters that read it. */
export type NeededColumns = ReadonlyMap<string, readonly string[]>;

/**
 * An empty column would have its rules leave out every run, so what the source's active rules read is needed. Pure; filters that cannot be
 * read need nothing here: the comparison refuses them.
 */
export function neededColumns({ filters }: Pick<Source, 'filters'>): NeededColumns {
  const chain = filterChain(filters);
  const needed = new Map<string, string[]>();
  for (const { rule, columns } of chain.outcome === 'ok' ? chain.rules : [])
    for (const column of columns.filter(isWanted)) needed.set(column, [...(needed.get(column) ?? []), rule]);
  return needed;
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
