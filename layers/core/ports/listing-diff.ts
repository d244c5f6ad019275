export const LISTING_CHANGES = ['new', 'changed', 'gone'] as const;
export type ListingChange = (typeof LISTING_CHANGES)[number];

export interface ListingDiffQuery {
  readonly change?: ListingChange;
  /** Accession after which the page begins. */
  readonly after?: string;
  readonly limit: number;
}
/** What one listing has that another has not; sorted by accession. `columns`: of a changed run, those that differ, verbatim. */
export interface ListingDiff {
  readonly items: readonly {
    readonly accession: string;
    readonly change: ListingChange;
    readonly columns: readonly { readonly column: string; readonly from: string; readonly to: string }[];
  }[];
  readonly hasMore: boolean;
  /** All runs that differ, whatever was asked for. */
  readonly counts: Readonly<Record<ListingChange, number>>;
}
