import { CsvError, parse } from 'csv-parse/sync';
import { closeSync, createWriteStream, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';
import { LISTING_COLUMNS } from '../layers/core/discovery/columns';
import { CliError } from './errors';
import { withProgress } from './progress';

export type Row = Readonly<Record<string, string>>;
export interface Report {
  readonly columns: readonly string[];
  /** One pass; read from the file as it is asked for. @throws CliError that names the line which is not as the header says */
  readonly rows: Iterable<Row>;
}

const SystemError = z.looseObject({ syscall: z.string(), message: z.string() });

const CHUNK_BYTES = 1 << 20;
const EXAMPLE = 'save one with: curl "https://www.ebi.ac.uk/ena/portal/api/search?result=read_run&format=tsv&fields=…&query=…"';

/** A saved ENA report, in pieces of whole lines: a million rows need no more memory than ten. */
function* pieces(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    const decoder = new StringDecoder('utf8');
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let rest = '';
    for (let bytes = readSync(file, chunk); bytes > 0; bytes = readSync(file, chunk)) {
      const text = rest + decoder.write(chunk.subarray(0, bytes));
      const end = text.lastIndexOf('\n') + 1;
      rest = text.slice(end);
      if (end > 0) yield text.slice(0, end);
    }
    rest += decoder.end();
    if (rest !== '') yield rest;
  } finally {
    closeSync(file);
  }
}

/** ENA quotes nothing: a quotation mark is a character like any other. Empty lines are passed over. */
function recordsOf(piece: string, columns: readonly string[], name: string, linesBefore: number): readonly Row[] {
  try {
    const options = { delimiter: '\t', quote: null, skip_empty_lines: true, record_delimiter: ['\r\n', '\n'] };
    return parse<Row>(piece, { ...options, columns: [...columns] });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const lines = typeof error['lines'] === 'number' ? error['lines'] : 0;
    const detail = error.message.replace(/,? (on|at) line \d+$/, '');
    throw new CliError(`${name}, line ${linesBefore + lines}: ${detail}`, 'is the report whole?', 2, { cause: error });
  }
}

function* rowsOf(path: string, columns: readonly string[], name: string): Generator<Row> {
  let linesBefore = 0;
  for (const piece of pieces(path)) {
    const start = linesBefore === 0 ? endOfLine(piece) : 0;
    yield* recordsOf(piece.slice(start), columns, name, linesBefore + (start === 0 ? 0 : 1));
    linesBefore += piece.split('\n').length - 1;
  }
}

const endOfLine = (text: string): number => (text.includes('\n') ? text.indexOf('\n') + 1 : text.length);

function headerOf(path: string, name: string): readonly string[] {
  const [first = ''] = pieces(path);
  if (first.trim() === '') throw new CliError(`${name} is empty`, EXAMPLE, 2);
  if (first.includes('\u0000')) {
    throw new CliError(`${name} is no text`, 'a packed report is read so: gunzip -c FILE | trawl plan --listing -', 2);
  }
  const columns = first
    .slice(0, endOfLine(first))
    .replace(/^\uFEFF/, '')
    .split('\t')
    .map((column) => column.trim());
  if (columns.some((column) => LISTING_COLUMNS.some((known) => known === column))) return columns;
  const missing = 'names no column of an ENA read_run report (run_accession, fastq_bytes, …), separated by tabs';
  throw new CliError(`${name} has no header line: its first line ${missing}`, EXAMPLE, 2);
}

/** Standard input goes through a file: it comes as it likes, and rows are asked for one by one. */
async function spooled(folder: string): Promise<string> {
  const path = join(folder, 'listing.tsv');
  await withProgress('reading standard input', pipeline(process.stdin, createWriteStream(path, { mode: 0o600 })));
  return path;
}

/**
 * Opens a saved ENA report (`-`: standard input) for `use`, and removes what was made for it.
 * @throws CliError when it cannot be read, is empty or has no header
 */
export async function withReport<T>(listing: string, use: (report: Report) => T): Promise<T> {
  const name = listing === '-' ? 'standard input' : listing;
  const folder = listing === '-' ? mkdtempSync(join(tmpdir(), 'trawl-plan-')) : undefined;
  try {
    const path = folder === undefined ? listing : await spooled(folder);
    const columns = headerOf(path, name);
    return use({ columns, rows: rowsOf(path, columns, name) });
  } catch (error) {
    const system = SystemError.safeParse(error);
    if (system.success) throw new CliError(`${name} cannot be read: ${system.data.message}`, undefined, 2, { cause: error });
    throw error;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
