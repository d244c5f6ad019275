import { join } from 'node:path';
import { type Ena, type EnaOptions, startEna } from '../../world/ena/server';

/** A small archive (2 MB) whose files are made once for all suites. */
export function startSmallEna(options: Partial<EnaOptions> = {}): Promise<Ena> {
  return startEna({ filesDir: join(__dirname, '../../../.trawl/ena-unit-files'), totalBytes: 2_000_000, ...options });
}

/** A row of a TSV answer, by column. */
export type Answered = Readonly<Record<string, string>>;

/** The rows of a TSV answer. */
export function rowsOf(tsv: string): readonly Answered[] {
  const [header = '', ...lines] = tsv.replace(/\n$/, '').split('\n');
  const columns = header.split('\t');
  return lines.map((line) => Object.fromEntries(line.split('\t').map((value, at) => [columns[at], value])) as Answered);
}

/** A GET of the Portal API with `result=read_run`, unless told otherwise. */
export function portal(ena: Ena, endpoint: string, parameters: Record<string, string>): Promise<Response> {
  return fetch(`${ena.url}/ena/portal/api/${endpoint}?${new URLSearchParams({ result: 'read_run', ...parameters }).toString()}`);
}

/** All rows of a query, by TSV. */
export async function search(
  ena: Ena,
  query: string,
  fields = 'run_accession,fastq_ftp,fastq_bytes,fastq_md5',
): Promise<readonly Answered[]> {
  return rowsOf(await (await portal(ena, 'search', { query, fields, limit: '0' })).text());
}

/** Where the stand-in serves the first file of a row. */
export function firstFileUrl(ena: Ena, row: Answered): string {
  const [first = ''] = (row['fastq_ftp'] ?? '').split(';');
  return ena.url + first.slice(first.indexOf('/'));
}
