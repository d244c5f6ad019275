import { z } from 'zod';
import { studyQuery } from '../../core/discovery/query';
import type { CountAnswer, EnaPortal, ListingAnswer, StudyAnswer, TaxonAnswer } from '../../core/ports/ena';
import { bytesOf, enaRequests, plain, textOf, unavailable, type AskEna, type EnaTimeouts } from './request';

export interface EnaSettings {
  /** For example `https://www.ebi.ac.uk/ena/portal/api`, without a slash at the end. */
  readonly portalUrl: string;
  readonly taxonomyUrl: string;
  readonly timeouts?: Partial<EnaTimeouts>;
  /** Least time between the starts of two requests; 0 unless told. */
  readonly pauseSeconds?: number;
}

const TIMEOUTS: EnaTimeouts = { connectSeconds: 10, answerSeconds: 180, silenceSeconds: 60 };
const STUDY_COLUMNS = ['study_accession', 'secondary_study_accession', 'study_title'];
const Taxon = z.object({ taxId: z.string().regex(/^\d+$/), scientificName: z.string(), rank: z.string().default('') });

/** ENA over HTTP. One request a question, none is repeated. */
export function enaPortal({ portalUrl, taxonomyUrl, timeouts, pauseSeconds }: EnaSettings): EnaPortal {
  const ask = enaRequests({ ...TIMEOUTS, ...timeouts }, pauseSeconds);
  const endpoint = (name: string, parameters: Readonly<Record<string, string>>): URL => {
    const url = new URL(`${portalUrl}/${name}`);
    url.search = new URLSearchParams({ result: 'read_run', ...parameters }).toString();
    return url;
  };
  return {
    count: (query) => count(ask, endpoint('count', { query, format: 'tsv' })),
    list: (query, columns) =>
      // limit=0 asks for everything; without a limit ENA has been seen to give ten rows or a hundred thousand.
      list(ask, endpoint('search', { query, fields: columns.join(','), format: 'tsv', limit: '0' }), columns, endpoint('returnFields', {})),
    study: (accession) =>
      study(ask, endpoint('search', { query: studyQuery(accession), fields: STUDY_COLUMNS.join(','), format: 'tsv', limit: '1' })),
    taxon: (taxId) => taxon(ask, new URL(`${taxonomyUrl}/tax-id/${taxId}`)),
  };
}

async function count(ask: AskEna, url: URL): Promise<CountAnswer> {
  const response = await ask(url);
  const body = await textOf(url, response);
  if (!response.ok) return { outcome: 'refused', detail: `HTTP ${response.status} ${plain(body)}` };
  if (response.status === 204) return { outcome: 'counted', rows: 0 };
  const rows = /^count\r?\n(\d+)\s*$/.exec(body)?.[1];
  if (rows === undefined) throw unavailable(url, `no count but ${plain(body) || 'nothing'}`);
  return { outcome: 'counted', rows: Number(rows) };
}

async function list(ask: AskEna, url: URL, columns: readonly string[], fieldsUrl: URL): Promise<ListingAnswer> {
  const response = await ask(url);
  if (response.ok) {
    return { outcome: 'answered', contentType: response.headers.get('content-type') ?? '', body: bytesOf(url, response) };
  }
  const detail = `HTTP ${response.status} ${plain(await textOf(url, response))}`;
  return { outcome: 'refused', detail, unknownColumns: response.status === 400 ? await unknownColumns(ask, fieldsUrl, columns) : [] };
}

/** Asked columns that ENA does not have any more; none when it does not say which it has. */
async function unknownColumns(ask: AskEna, url: URL, columns: readonly string[]): Promise<readonly string[]> {
  const response = await ask(url);
  const [header = '', ...lines] = (await textOf(url, response)).split(/\r?\n/);
  if (!response.ok || !header.startsWith('columnId')) return [];
  const known = new Set(lines.map((line) => line.split('\t')[0]));
  return columns.filter((column) => !known.has(column));
}

async function study(ask: AskEna, url: URL): Promise<StudyAnswer> {
  const response = await ask(url);
  const body = await textOf(url, response);
  if (response.status === 204) return { outcome: 'unknown' };
  const [header = '', row = ''] = body.split(/\r?\n/);
  if (!response.ok || header !== STUDY_COLUMNS.join('\t'))
    throw unavailable(url, `HTTP ${response.status}, no study but ${plain(body) || 'nothing'}`);
  const [primary = '', secondary = '', title = ''] = row.split('\t').map((value) => value.trim());
  if (primary === '') return { outcome: 'unknown' };
  return { outcome: 'found', primary, secondary, ...(title !== '' && { title }) };
}

async function taxon(ask: AskEna, url: URL): Promise<TaxonAnswer> {
  const response = await ask(url);
  const body = await textOf(url, response);
  if (response.status === 404 || body.trim() === 'No results.') return { outcome: 'unknown' };
  const parsed = response.ok ? Taxon.safeParse(jsonOf(body)) : undefined;
  if (parsed?.success !== true) throw unavailable(url, `HTTP ${response.status}, no taxon but ${plain(body) || 'nothing'}`);
  const { taxId, scientificName, rank } = parsed.data;
  return { outcome: 'found', taxId: Number(taxId), scientificName, rank };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
