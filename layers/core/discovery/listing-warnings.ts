import { z } from 'zod';
import type { CodeOf } from '../warnings';

/** What a listing that counts is warned about: it is used, and a person may want to know. */
export const LISTING_WARNINGS = ['columns-absent', 'values-invalid'] as const satisfies readonly CodeOf<'listed'>[];
export const ListingWarning = z.object({ code: z.enum(LISTING_WARNINGS), detail: z.string().max(500) });
export type ListingWarning = z.infer<typeof ListingWarning>;

/** Pure; none where no column is absent. */
export const columnsAbsent = (columns: readonly string[]): readonly ListingWarning[] =>
  columns.length === 0
    ? []
    : [{ code: 'columns-absent', detail: `ENA does not have ${columns.join(', ')} any more: empty in this listing`.slice(0, 500) }];
