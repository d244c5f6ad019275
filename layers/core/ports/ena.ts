/** ENA's Portal API and taxonomy, as discovery needs them. One function makes these calls, under a lease of politeness. */

/** An answer of `search`, still arriving. `body` throws ArchiveUnavailableError when the connection breaks; it may be read once. */
export type ListingAnswer =
  | { readonly outcome: 'answered'; readonly contentType: string; readonly body: AsyncIterable<Uint8Array> }
  /** ENA does not accept what was asked (HTTP 400): its own words, and the asked columns that it does not know any more. */
  | { readonly outcome: 'refused'; readonly detail: string; readonly unknownColumns: readonly string[] };

export type CountAnswer = { readonly outcome: 'counted'; readonly rows: number } | { readonly outcome: 'refused'; readonly detail: string };

export type StudyAnswer =
  | { readonly outcome: 'found'; readonly primary: string; readonly secondary: string; readonly title?: string }
  /** Not there, private, suppressed, or without read runs: ENA does not tell these apart. */
  | { readonly outcome: 'unknown' };

export type TaxonAnswer =
  /** `taxId` differs from the one asked for when ENA merged it into another. */
  | { readonly outcome: 'found'; readonly taxId: number; readonly scientificName: string; readonly rank: string }
  | { readonly outcome: 'unknown' };

/**
 * Each method is one question and never retries (the state machine does).
 * @throws ArchiveUnavailableError when ENA cannot be reached, answers 429 or 5xx (with its Retry-After), or not in the form it documents
 */
export interface EnaPortal {
  /** How many read runs the query has. */
  count(query: string): Promise<CountAnswer>;
  /** Every read run of the query with these columns in this order, as one TSV; a body of no bytes stands for HTTP 204. */
  list(query: string, columns: readonly string[]): Promise<ListingAnswer>;
  /** A study by its primary or secondary accession. */
  study(accession: string): Promise<StudyAnswer>;
  taxon(taxId: number): Promise<TaxonAnswer>;
}

/** The files themselves, at ENA's file server. */
export interface ArchiveFiles {
  /** Whether a file is still there with the size that its listing said; its content is not looked at. Never throws: what cannot be asked is *unknown*. */
  serves(file: {
    readonly url: string;
    readonly bytes: number;
  }): Promise<{ readonly outcome: 'same' } | { readonly outcome: 'other' | 'unknown'; readonly detail: string }>;
}
