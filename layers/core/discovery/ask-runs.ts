import type { EnaPortal, ListingAnswer } from '../ports/ena';
import { ASKED_COLUMNS, isWanted } from './columns';
import type { NeededColumns } from './needed-columns';

type Refused = Extract<ListingAnswer, { readonly outcome: 'refused' }>;
export type RunsAnswer =
  | (Extract<ListingAnswer, { readonly outcome: 'answered' }> & {
      /** The columns of the answer, in its order. */
      readonly columns: readonly string[];
      /** Columns that were asked for first and that ENA does not have any more. */
      readonly absent: readonly string[];
    })
  | Refused;

export interface ColumnsAsked {
  /** Of which some may be absent already, as an earlier answer of the same listing told. */
  readonly columns?: readonly string[] | undefined;
  /** What the source cannot do without, besides what no source can. */
  readonly needed: NeededColumns;
}

/**
 * Every run of the query. Where ENA refuses nothing but columns that the source can do without, it is asked once more without them.
 * @throws ArchiveUnavailableError
 */
export async function askRuns(
  ena: Pick<EnaPortal, 'list'>,
  query: string,
  { columns = ASKED_COLUMNS, needed }: ColumnsAsked,
): Promise<RunsAnswer> {
  const first = await ena.list(query, columns);
  if (first.outcome === 'answered') return { ...first, columns, absent: ASKED_COLUMNS.filter((column) => !columns.includes(column)) };
  const { unknownColumns } = first;
  if (unknownColumns.length === 0 || !unknownColumns.every((column) => isWanted(column) && !needed.has(column))) return first;
  const left = columns.filter((column) => !unknownColumns.includes(column));
  const second = await ena.list(query, left);
  if (second.outcome === 'refused') return second;
  return { ...second, columns: left, absent: ASKED_COLUMNS.filter((column) => !left.includes(column)) };
}
