import type { FilterDocument } from '../filters/document-schema';
import type { Source } from '../entities';
import type { EnaPortal } from '../ports/ena';
import type { ListingTables, WithWorkspace } from '../ports/listings';
import type { Clock, ObjectStore } from '../ports/outside';
import type { ListingSetting } from '../settings';
import type { Finished } from './finish-listing';

export interface DiscoverDeps {
  readonly objects: Pick<ObjectStore, 'upload' | 'download' | 'putJson' | 'getJson'>;
  readonly ena: EnaPortal;
  readonly tables: Pick<ListingTables, 'listingToParquet' | 'mergeListings' | 'validate'>;
  readonly withWorkspace: WithWorkspace;
  readonly now: Clock;
  readonly listing: ListingSetting;
  /** Hold for every source that says nothing else. */
  readonly filterDefaults: FilterDocument;
  readonly stores: { readonly sources: { get(sourceId: string): Promise<Source | undefined> } };
}
export type Listed =
  | Finished
  /** Not whole yet: the next call goes on where this one stopped. */
  | { readonly outcome: 'unfinished'; readonly windows: number; readonly taken: number }
  /** ENA said when it wants to be asked again; the next call goes on then. */
  | { readonly outcome: 'postponed'; readonly afterSeconds: number; readonly detail: string }
  /** The same, but later than a cycle waits. */
  | { readonly outcome: 'unavailable'; readonly afterSeconds: number; readonly detail: string }
  /** ENA shows no runs of it and never did, and does not know it either (or keeps it private). */
  | { readonly outcome: 'unknown-source'; readonly detail: string };

/** What a listing starts from. */
export interface Asked {
  readonly source: Source;
  readonly cycle: number;
  readonly query: string;
  readonly countBefore: number;
  readonly askedAt: string;
}

/** ENA's index is rebuilt once a day; a listing taken across that moment is taken again at once, this many times in all. */
export const TRIES = 2;
