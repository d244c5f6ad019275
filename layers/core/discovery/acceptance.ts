/** When an answer of ENA counts as a listing (contract 12, I9). Anything else is rejected with a code and evidence and changes nothing. */

export type Rejection =
  | 'refused' // ENA did not accept the request
  | 'no-answer' // no bytes at all although runs were counted
  | 'not-a-table' // HTML or JSON instead of a table
  | 'header-mismatch' // other columns than the ones asked for
  | 'row-shape' // a line has more or fewer values than the header
  | 'cut-short' // the last line does not end
  | 'row-count' // other number of rows than /count says
  | 'count-moved' // /count said one number before and another after: ENA's index was being rebuilt
  | 'suspicious-zero' // no runs where there were some
  | 'large-drop' // far fewer runs than in the last listing
  | 'blank-files' // far fewer runs with files than in the last listing
  | 'window-count' // a part of the runs counts more than the whole
  | 'window-too-large' // a part that cannot be split any more is too large for one request
  | 'unfinished' // not whole after as many calls as are allowed
  | 'duplicate-runs' // one accession twice, or an accession that is none
  | 'column-absent' // taken without a column that a rule of the source reads, which was set meanwhile
  | 'invalid-filter'; // the source's own filters cannot be read

const LINE_FEED = 10;
const TAB = 9;
const HEADER_LIMIT_BYTES = 64 * 1024;

/** What is seen while an answer streams by; nothing of it is kept but counts and the first bytes. */
export interface ListingScan {
  readonly headerText: string;
  readonly rows: number;
  readonly bytes: number;
  /** 1-based line of the first row with another number of values than asked columns, or undefined. */
  readonly badLine: number | undefined;
  readonly endsWhole: boolean;
}

/** Reads a TSV chunk by chunk in constant memory. Call `push` for each chunk in order, then `result`. */
export function scanListing(columnCount: number): { push(chunk: Uint8Array): void; result(): ListingScan } {
  const header: number[] = [];
  let lines = 0;
  let tabs = 0;
  let bytes = 0;
  let lastByte: number | undefined;
  let badLine: number | undefined;
  const endLine = (): void => {
    lines += 1;
    if (lines > 1 && tabs !== columnCount - 1) badLine ??= lines;
    tabs = 0;
  };
  const push = (chunk: Uint8Array): void => {
    // By index: iterating a typed array is several times slower, and a listing may have half a gigabyte.
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte === TAB) tabs += 1;
      if (byte === LINE_FEED) endLine();
      else if (lines === 0 && header.length < HEADER_LIMIT_BYTES) header.push(byte);
    }
    bytes += chunk.length;
    lastByte = chunk.at(-1) ?? lastByte;
  };
  const result = (): ListingScan => ({
    headerText: new TextDecoder().decode(Uint8Array.from(header)),
    rows: Math.max(0, lines - 1),
    bytes,
    badLine,
    endsWhole: lastByte === LINE_FEED,
  });
  return { push, result };
}

export interface ListingFacts {
  readonly columns: readonly string[];
  readonly contentType: string;
  readonly scan: ListingScan;
  readonly countBefore: number;
  readonly countAfter: number;
}
export type Judgement =
  { readonly outcome: 'accepted' } | { readonly outcome: 'rejected'; readonly code: Rejection; readonly detail: string };

const reject = (code: Rejection, detail: string): Judgement => ({ outcome: 'rejected', code, detail });

/** Decides whether an answer is whole; pure. The first thing that is wrong is named. */
export function judgeListing({ columns, contentType, scan, countBefore, countAfter }: ListingFacts): Judgement {
  if (scan.bytes === 0) {
    if (countBefore === 0 && countAfter === 0) return { outcome: 'accepted' };
    return reject('no-answer', `no bytes where ${Math.max(countBefore, countAfter)} runs were counted`);
  }
  if (/json|html/i.test(contentType) || /^\s*[<{[]/.test(scan.headerText)) {
    return reject('not-a-table', `${contentType || 'no content type'}: ${scan.headerText.trim().slice(0, 200)}`);
  }
  const header = scan.headerText.split('\t');
  if (header.join('\t') !== columns.join('\t')) return reject('header-mismatch', headerDifference(columns, header));
  if (!scan.endsWhole) return reject('cut-short', `the last line does not end, after ${scan.rows} whole rows`);
  if (scan.badLine !== undefined) return reject('row-shape', `line ${scan.badLine} does not have ${columns.length} values`);
  if (countBefore !== countAfter) return reject('count-moved', `${countBefore} runs counted before, ${countAfter} after`);
  if (scan.rows !== countBefore) return reject('row-count', `${scan.rows} rows where ${countBefore} runs were counted`);
  return { outcome: 'accepted' };
}

function headerDifference(asked: readonly string[], got: readonly string[]): string {
  const missing = asked.filter((column) => !got.includes(column));
  const added = got.filter((column) => !asked.includes(column)).map((column) => column.slice(0, 60));
  if (missing.length + added.length === 0) return 'the columns come in another order';
  return [missing.length > 0 && `missing: ${missing.join(', ')}`, added.length > 0 && `not asked for: ${added.slice(0, 5).join(', ')}`]
    .filter((part) => part !== false)
    .join('; ');
}
