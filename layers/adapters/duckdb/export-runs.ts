import type { DuckDBConnection } from '@duckdb/node-api';
import { ASKED_COLUMNS } from '../../core/discovery/columns';
import { SHEET_FLAVOURS, type Mate, type SheetValue } from '../../core/discovery/samplesheets';
import { RunRecord } from '../../core/discovery/documents';
import type { ExportPaths, ExportSettings, ListingTables, RecordFiles } from '../../core/ports/listings';
import { mirrorSql } from './mirror';
import { chunksOf, openDuckDb, quoteName, quoteText, rowsOf, type DuckDbOptions } from './database';
import { recordsSql } from './records-sql';

/** Directory of a run's files at home: `<root>/runs/<six characters>/<accession>/<filesHash>/<stage>@<revision>`. */
const homeSql = ({ root, home }: ExportSettings): string =>
  `${quoteText(`${root}/runs/`)} || left(run_accession, 6) || '/' || run_accession || '/' || "filesHash" || '/' || ${home === undefined ? `split_part("fetchKey", '#', 3)` : quoteText(home)}`;

/** Where each run stands now, beside everything that is known of it: the views `standing` and `known`. */
async function makeViews(connection: DuckDBConnection, paths: ExportPaths, settings: ExportSettings): Promise<void> {
  const columns = "{accession: 'VARCHAR', state: 'VARCHAR', batch: 'VARCHAR', worker: 'VARCHAR'}";
  await connection.run(
    `CREATE VIEW standing AS SELECT * FROM read_json(${quoteText(paths.standing)}, format = 'newline_delimited', columns = ${columns})`,
  );
  await connection.run(`CREATE VIEW known AS
    SELECT m.* REPLACE (coalesce(s.state, m.state) AS state), coalesce(s.batch, '') AS batch, coalesce(s.worker, '') AS worker,
      CASE WHEN coalesce(s.state, m.state) = 'complete' THEN ${homeSql(settings)} ELSE '' END AS home,
      json_extract_string(m.files, '$[*].name') AS names
    FROM (${await mirrorSql(connection, paths)}) m LEFT JOIN standing s ON s.accession = m.run_accession`);
}

const conditionsOf = ({ state, include }: ExportSettings): readonly string[] => [
  ...(state === undefined ? [] : [`known.state = ${quoteText(state)}`]),
  ...(include === 'all' ? [] : [`verdict = ${quoteText(include)}`]),
];

/** ENA's columns verbatim, then Trawl's. */
function tableSql(settings: ExportSettings): string {
  const own = {
    state: 'state',
    excluded: "verdict = 'excluded'",
    excludedBy: 'rule',
    reason: 'reason',
    batch: 'batch',
    worker: 'worker',
    change: 'change',
    files_bytes: '"filesBytes"',
    path: 'home',
    source: quoteText(settings.sourceId),
    stage: String(settings.stage),
    stage_name: quoteText(settings.stageName),
  };
  const columns = { ...Object.fromEntries(ASKED_COLUMNS.map((column) => [column, quoteName(column)])), ...own };
  // An empty text would stand in a TSV as two quotes.
  const told = (value: string): string => (settings.format === 'tsv' ? `nullif(CAST(${value} AS VARCHAR), '')` : value);
  const selected = Object.entries(columns).map(([name, value]) => `${told(value)} AS ${quoteName(name)}`);
  const conditions = conditionsOf(settings);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return `SELECT ${selected.join(', ')} FROM known ${where} ORDER BY known.run_accession`;
}

/** The two mates by their names, where both are there; else the first file alone. */
function mateSql(mate: Mate): string {
  const named = (number: Mate): string => `list_filter(names, lambda name: regexp_matches(name, '_${number}[.]f(ast)?q([.]gz)?$'))[1]`;
  const hasBoth = `${named(1)} IS NOT NULL AND ${named(2)} IS NOT NULL`;
  const file = mate === 1 ? `CASE WHEN ${hasBoth} THEN ${named(1)} ELSE names[1] END` : `CASE WHEN ${hasBoth} THEN ${named(2)} END`;
  return `home || '/' || ${file}`;
}

function valueSql(value: SheetValue): string {
  if ('of' in value) return "coalesce(nullif(sample_accession, ''), run_accession)";
  if ('text' in value) return quoteText(value.text);
  const told = 'column' in value ? quoteName(value.column) : mateSql(value.mate);
  if (value.platforms === undefined) return told;
  const among = `instrument_platform ${value.not ? 'NOT IN' : 'IN'} (${value.platforms.map(quoteText).join(', ')})`;
  return `CASE WHEN ${among} THEN ${told} END`;
}

function sheetSql({ flavour }: ExportSettings): string {
  const columns: Readonly<Record<string, SheetValue>> = SHEET_FLAVOURS[flavour];
  const selected = Object.entries(columns).map(([name, value]) => `nullif(${valueSql(value)}, '') AS ${quoteName(name)}`);
  return `SELECT ${selected.join(', ')} FROM known WHERE home <> '' ORDER BY known.sample_accession, known.run_accession`;
}

/** See `ListingTables.includedRuns`. */
export async function* includedRuns(options: DuckDbOptions, records: RecordFiles): ReturnType<ListingTables['includedRuns']> {
  const instance = await openDuckDb(options);
  const connection = await instance.connect();
  try {
    const sql = `SELECT accession, "fetchKey", state FROM (${recordsSql(records)}) WHERE "fetchKey" <> ''`;
    for await (const rows of chunksOf(connection, sql, {})) yield rows.map((row) => IncludedState.parse(row));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
const IncludedState = RunRecord.pick({ accession: true, fetchKey: true, state: true });

const OPTIONS = {
  tsv: "(FORMAT csv, HEADER, DELIMITER '\t', QUOTE '\"', ESCAPE '\"', COMPRESSION gzip)",
  jsonl: '(FORMAT json, COMPRESSION gzip)',
  parquet: '(FORMAT parquet, COMPRESSION zstd)',
  samplesheet: '(FORMAT csv, HEADER)',
} as const;

/** Values with tabs, quotes and ends of lines are quoted as in RFC 4180, in TSV too. */
export async function exportRuns(
  connection: DuckDBConnection,
  paths: ExportPaths,
  settings: ExportSettings,
): Promise<{ readonly rows: number }> {
  await makeViews(connection, paths, settings);
  const sql = settings.format === 'samplesheet' ? sheetSql(settings) : tableSql(settings);
  const [written] = await rowsOf(connection, `COPY (${sql}) TO ${quoteText(paths.to)} ${OPTIONS[settings.format]}`);
  return { rows: Number(written?.['Count'] ?? 0) };
}
