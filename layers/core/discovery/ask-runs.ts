import type { EnaPortal, ListingAnswer } from '../ports/ena';
import { ASKED_COLUMNS, isWanted } from './columns';

type Refused = Extract<ListingAnswer, { readonly outcome: 'refused' }>;
export type RunsAnswer =
  | (Extract<ListingAnswer, { readonly outcome: 'answered' }> & {
      /** The columns of the answer, in its order. */
      readonly columns: readonly string[];
      /** Columns that were asked for first and that ENA does not have any more. */
      readonly absent: readonly string[];
    })
  | Refused;

/**
 * Every run of the query. Where ENA refuses nothing but columns that a listing can do without, it is asked once more without them.
 * @param columns of which some may be absent already, as an earlier answer of the same listing told
 * @throws ArchiveUnavailableError
 */
export async function askRuns(
  ena: Pick<EnaPortal, 'list'>,
  query: string,
  columns: readonly string[] = ASKED_COLUMNS,
): Promise<RunsAnswer> {
  const first = await ena.list(query, columns);
  if (first.outcome === 'answered') return { ...first, columns, absent: ASKED_COLUMNS.filter((column) => !columns.includes(column)) };
  const { unknownColumns } = first;
  if (unknownColumns.length === 0 || !unknownColumns.every(isWanted)) return first;
  const left = columns.filter((column) => !unknownColumns.includes(column));
  const second = await ena.list(query, left);
  if (second.outcome === 'refused') return second;
  return { ...second, columns: left, absent: ASKED_COLUMNS.filter((column) => !left.includes(column)) };
}
