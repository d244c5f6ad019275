import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Archive } from './archive';
import type { Fault, Settings } from './control-schema';
import { fieldsOf, meets, parseQuery, type Query } from './query';
import { type Row, type Table, toJson, toTsv } from './tables';
import type { Taxonomy } from './taxonomy';

/** An answer before it goes out; faults of the transport are applied to it afterwards. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}
const Field = z.object({ columnId: z.string(), description: z.string() });
const FieldLists = z.object({
  fields: z.record(z.string(), z.object({ returnFields: z.array(Field), searchFields: z.array(Field) })),
});
type FieldLists = z.output<typeof FieldLists>['fields'];

interface Portal {
  readonly archive: Archive;
  readonly taxonomy: Taxonomy;
  readonly settings: () => Settings;
  /** Puts the rows of an answer into another order, each time it is called. */
  readonly shuffle: (rows: readonly Row[]) => readonly Row[];
  readonly dataDirectory: string;
}
export type AnswerPortal = (endpoint: string, parameters: URLSearchParams, fault: Fault | undefined) => Reply;

const ACCESSION_COLUMNS = ['run', 'experiment', 'sample', 'secondary_sample', 'study', 'secondary_study', 'submission'].map(
  (kind) => `${kind}_accession`,
);
const text = (status: number, body: string): Reply => ({ status, contentType: 'text/plain;charset=UTF-8', body });

/** A request that ENA answers with 400 and a line of text. */
class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

/** The Portal API over the archive; parameters that it does not know are ignored, as ENA does. */
export function createPortal(portal: Portal): AnswerPortal {
  const path = join(portal.dataDirectory, 'portal-fields.json');
  const recorded = FieldLists.parse(JSON.parse(readFileSync(path, 'utf8'))).fields;
  return (endpoint, parameters, fault) => {
    try {
      const dropped = [...portal.settings().droppedColumns, ...(fault?.kind === 'dropped-columns' ? fault.columns : [])];
      return answer(portal, without(recorded, dropped), endpoint, parameters, fault);
    } catch (error) {
      if (error instanceof BadRequest) return text(400, error.message);
      throw error;
    }
  };
}

/** The field lists of an ENA that has dropped columns. */
function without(lists: FieldLists, dropped: readonly string[]): FieldLists {
  const kept = Object.entries(lists).map(([result, { returnFields, searchFields }]) => [
    result,
    { searchFields, returnFields: returnFields.filter(({ columnId }) => !dropped.includes(columnId)) },
  ]);
  return dropped.length === 0 ? lists : (Object.fromEntries(kept) as FieldLists);
}

function answer(portal: Portal, lists: FieldLists, endpoint: string, parameters: URLSearchParams, fault: Fault | undefined): Reply {
  switch (endpoint) {
    case 'returnFields':
    case 'searchFields': {
      const known = lists[parameters.get('result') ?? ''];
      if (known === undefined) throw new BadRequest('Invalid result type supplied');
      return written({ columns: ['columnId', 'description'], rows: known[endpoint] }, parameters, fault);
    }
    case 'count':
      return written(counted(selected(portal, lists, parameters), parameters), parameters, fault);
    case 'search':
    case 'filereport': {
      const rows = endpoint === 'search' ? selected(portal, lists, parameters) : reported(portal, parameters);
      const columns = requestedColumns(lists, parameters);
      const limit = limitOf(parameters, portal.settings());
      if (rows.length === 0 && portal.settings().emptyStatus === 204) return text(204, '');
      return written({ columns, rows: portal.shuffle(rows).slice(0, limit) }, parameters, fault);
    }
    default:
      return text(404, 'Not Found');
  }
}

function requireReadRuns(parameters: URLSearchParams): void {
  if (parameters.has('offset')) throw new BadRequest('Unsupported param offset');
  if (parameters.get('result') !== 'read_run') throw new BadRequest('Invalid result type supplied');
}

function selected({ archive, taxonomy }: Portal, lists: FieldLists, parameters: URLSearchParams): readonly Row[] {
  requireReadRuns(parameters);
  const parsed = parseQuery(parameters.get('query') ?? '');
  if (parsed.outcome === 'refused') throw new BadRequest(parsed.message);
  requireSearchable(lists, parsed.query);
  const included = accessionSet(parameters, 'includeAccessions');
  const excluded = accessionSet(parameters, 'excludeAccessions');
  return archive.rows().filter((row) => {
    const accession = row['run_accession'] ?? '';
    if ((included.size > 0 && !included.has(accession)) || excluded.has(accession)) return false;
    return meets(parsed.query, row, (taxId, ancestor) => taxonomy.isWithin(taxId, ancestor));
  });
}

function requireSearchable(lists: FieldLists, query: Query): void {
  const searchable = new Set(lists['read_run']?.searchFields.map(({ columnId }) => columnId));
  const invalid = fieldsOf(query).find((field) => !searchable.has(field));
  if (invalid !== undefined) throw new BadRequest(`Invalid column (${invalid}) has been provided in query`);
}

function reported({ archive }: Portal, parameters: URLSearchParams): readonly Row[] {
  requireReadRuns(parameters);
  const accession = parameters.get('accession') ?? '';
  if (accession === '') throw new BadRequest('Missing required parameter accession');
  return archive.rows().filter((row) => ACCESSION_COLUMNS.some((column) => row[column] === accession));
}

function requestedColumns(lists: FieldLists, parameters: URLSearchParams): readonly string[] {
  const known = lists['read_run']?.returnFields.map(({ columnId }) => columnId) ?? [];
  const asked = parameters.get('fields') ?? '';
  if (asked === '') return ['run_accession', 'description'];
  if (asked === 'all') return known;
  const columns = asked.split(',').map((column) => column.trim());
  const unknown = columns.filter((column) => !known.includes(column));
  if (unknown.length > 0) throw new BadRequest(`Invalid fieldName(s) supplied: ${unknown.join(',')}`);
  return columns;
}

function limitOf(parameters: URLSearchParams, { defaultLimit }: Settings): number {
  const asked = parameters.get('limit');
  if (asked === null) return defaultLimit;
  if (!/^\d+$/.test(asked)) throw new BadRequest(`Invalid limit supplied: ${asked}`);
  return Number(asked) === 0 ? Number.POSITIVE_INFINITY : Number(asked);
}

function counted(rows: readonly Row[], parameters: URLSearchParams): Table {
  const field = parameters.get('field');
  if (field === null) return { columns: ['count'], rows: [{ count: String(rows.length) }] };
  const counts = new Map<string, number>();
  for (const row of rows) {
    const value = (row[field] ?? '').toLowerCase();
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return { columns: [field, 'count'], rows: [...counts].map(([value, count]) => ({ [field]: value, count: String(count) })) };
}

function accessionSet(parameters: URLSearchParams, name: string): ReadonlySet<string> {
  return new Set((parameters.get(name) ?? '').split(',').filter((accession) => accession !== ''));
}

/** Writes the table in the format asked for, after the faults that change what it says. */
function written(table: Table, parameters: URLSearchParams, fault: Fault | undefined): Reply {
  const isJson = parameters.get('format')?.toLowerCase() === 'json';
  const told = distorted(table, fault);
  if (!isJson) return { status: 200, contentType: 'text/tab-separated-values;charset=UTF-8', body: toTsv(told) };
  // A plain count is one object, not an array of one.
  const isCount = table.columns.length === 1 && table.columns[0] === 'count';
  return { status: 200, contentType: 'application/json', body: isCount ? JSON.stringify(told.rows[0] ?? {}) : toJson(told) };
}

function distorted(table: Table, fault: Fault | undefined): Table {
  switch (fault?.kind) {
    case 'lost-rows':
      return { ...table, rows: table.rows.slice(fault.rows) };
    case 'doubled-row':
      return { ...table, rows: table.rows.map((row, at) => (at === 1 ? (table.rows[0] ?? row) : row)) };
    case 'broken-row':
      return {
        ...table,
        rows: table.rows.map((row, at) => (at === 0 ? { ...row, run_accession: `${row['run_accession'] ?? ''}\t` } : row)),
      };
    case 'wrong-count':
      return { ...table, rows: table.rows.map((row) => ({ ...row, count: String(Number(row['count'] ?? 0) + fault.by) })) };
    case 'header-only':
      return { ...table, rows: [] };
    case 'blank-files':
      return { ...table, rows: table.rows.map((row) => ({ ...row, fastq_ftp: '', fastq_md5: '', fastq_bytes: '' })) };
    case 'missing-column':
      return { ...table, columns: table.columns.filter((column) => column !== fault.column) };
    case 'renamed-column': {
      const { column, as } = fault;
      const columns = table.columns.map((name) => (name === column ? as : name));
      return { columns, rows: table.rows.map((row) => ({ ...row, [as]: row[column] ?? '' })) };
    }
    default:
      return table;
  }
}
