import { Argument, type Command } from 'commander';
import { listingJsonSchema } from '../../layers/core/discovery/listing-schema';
import { ENTITY_KINDS, type EntityKind } from '../../layers/core/discovery/mirror';
import { apiClient } from '../client';
import { humanBytes, print, printJson, table } from '../output';
import { EntitiesAnswer, EntityAnswer, RunAnswer, RunsAnswer, ValidationAnswer } from '../schemas';
import { findSettings } from '../settings';
import { sourceArgument, sourcePath, wholeNumber, type JsonFlag } from './arguments';

interface Flags extends JsonFlag {
  readonly search?: string;
  readonly limit: number;
}
type Items = EntitiesAnswer['items'];
type Runs = RunsAnswer['items'];

/** Columns of the tables for people; `--json` has all. */
const SHOWN: Readonly<Record<EntityKind, readonly string[]>> = {
  studies: ['study_title', 'center_name'],
  samples: ['scientific_name', 'sample_title', 'country', 'collection_date'],
  experiments: ['library_strategy', 'instrument_model', 'library_name', 'experiment_title'],
};
const TEXT_LIMIT = 40;

const short = (text = ''): string => (text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT - 1)}…` : text);
const statesOf = (states: Readonly<Record<string, number>>): string =>
  Object.entries(states)
    .map(([state, runs]) => `${runs} ${state}`)
    .join(', ');
const more = (shown: number): void => print(`… more than ${shown}: "--limit" shows more`);

function printEntities(kind: EntityKind, items: Items): void {
  const columns = SHOWN[kind];
  const head = ['ACCESSION', 'RUNS', 'SIZE', 'STATES', ...columns.map((column) => column.toUpperCase().replaceAll('_', ' '))];
  const rows = items.map(({ accession, runs, bytes, states, metadata }) => [
    ...[accession, runs, humanBytes(bytes), statesOf(states)],
    ...columns.map((column) => short(metadata[column])),
  ]);
  print(items.length === 0 ? `No ${kind}.` : table(head, rows));
}

function printRuns(runs: Runs): void {
  const rows = runs.map(({ accession, state, rule, reason, batchId }) => [accession, state, rule ?? '', reason ?? '', batchId ?? '']);
  print(runs.length === 0 ? 'No runs.' : table(['RUN', 'STATE', 'RULE', 'REASON', 'BATCH'], rows));
}

const printValues = (values: Readonly<Record<string, string>>): void => {
  const known = Object.entries(values).filter(([, value]) => value !== '');
  known.forEach(([column, value]) => print(`  ${column.padEnd(28)}${value}`));
};

const withSearch = (path: string, search: string | undefined): string =>
  search === undefined ? path : `${path}?search=${encodeURIComponent(search)}`;

async function showEntities(kind: EntityKind, id: string, flags: Flags): Promise<void> {
  const path = withSearch(`${sourcePath(id)}/${kind}`, flags.search);
  const page = await apiClient(findSettings()).pages<Items[number], EntitiesAnswer>(path, flags.limit, EntitiesAnswer);
  if (flags.json) {
    printJson(page);
    return;
  }
  printEntities(kind, page.items);
  if (page.cursor !== undefined) more(page.items.length);
}

async function showEntity(kind: EntityKind, id: string, accession: string, flags: Flags): Promise<void> {
  const path = `${sourcePath(id)}/${kind}/${encodeURIComponent(accession)}?limit=${Math.min(flags.limit, 1_000)}`;
  const answer = await apiClient(findSettings()).get(path, EntityAnswer);
  if (flags.json) {
    printJson(answer);
    return;
  }
  const { item, runs } = answer;
  print(`${item.accession}  ${item.runs} runs, ${humanBytes(item.bytes)}: ${statesOf(item.states)}`);
  printValues(item.metadata);
  print('');
  printRuns(runs.items);
  if (runs.cursor !== undefined) more(runs.items.length);
}

async function showRuns(id: string, accession: string | undefined, flags: Flags): Promise<void> {
  const client = apiClient(findSettings());
  const path = `${sourcePath(id)}/runs`;
  if (accession === undefined) {
    const page = await client.pages<Runs[number], RunsAnswer>(withSearch(path, flags.search), flags.limit, RunsAnswer);
    if (flags.json) {
      printJson(page);
      return;
    }
    printRuns(page.items);
    if (page.cursor !== undefined) more(page.items.length);
    return;
  }
  const answer = await client.get(`${path}/${encodeURIComponent(accession)}`, RunAnswer);
  if (flags.json) {
    printJson(answer);
    return;
  }
  printRuns([answer.run]);
  print('');
  printValues(answer.columns);
}

async function showErrors(id: string, flags: JsonFlag): Promise<void> {
  const answer = await apiClient(findSettings()).get(`${sourcePath(id)}/validation`, ValidationAnswer);
  if (flags.json) {
    printJson(answer);
    return;
  }
  const { cycle, validation } = answer;
  if (validation === undefined) {
    print(cycle === 0 ? 'Not listed yet.' : `The listing of cycle ${cycle} was not held against a schema.`);
    return;
  }
  const { schema, rows, invalidRows, absentColumns, counts, errors } = validation;
  print(`cycle ${cycle}, ${schema}: ${invalidRows} of ${rows} rows have values that are not as it says`);
  if (absentColumns.length > 0) print(`ENA does not have ${absentColumns.join(', ')} any more`);
  if (counts.length === 0) return;
  print(
    `\n${table(
      ['COLUMN', 'RULE', 'ROWS'],
      counts.map((count) => [count.column, count.rule, count.rows]),
    )}`,
  );
  const listed = errors.map(({ accession, column, rule, value }) => [accession, column, rule, short(JSON.stringify(value))]);
  print(`\n${table(['RUN', 'COLUMN', 'RULE', 'VALUE'], listed)}`);
}

const listed = (command: Command, what: string): Command =>
  command
    .addArgument(sourceArgument())
    .addArgument(new Argument('[accession]', `this ${what} alone, with everything that ENA says of it`))
    .option('--search <text>', 'part of an accession, or of any value that the table or "--json" shows')
    .option('--limit <n>', 'at most so many', wholeNumber(1), 50)
    .option('--json', 'print as JSON, with all columns');

const SINGULAR = { studies: 'study', samples: 'sample', experiments: 'experiment' } as const satisfies Record<EntityKind, string>;

/** What lies below `trawl show`, and `trawl schema`. */
export function showMirrorCommands(program: Command, show: Command): void {
  for (const kind of ENTITY_KINDS) {
    listed(show.command(kind), SINGULAR[kind])
      .description(`${kind} of a source, with their runs, bytes and states`)
      .action((id: string, accession: string | undefined, flags: Flags) =>
        accession === undefined ? showEntities(kind, id, flags) : showEntity(kind, id, accession, flags),
      );
  }
  listed(show.command('runs'), 'run').description('runs of a source').action(showRuns);
  show
    .command('errors')
    .description('values of the last good listing that are not as its schema says')
    .addArgument(sourceArgument())
    .option('--json', 'print as JSON')
    .action(showErrors);
  program
    .command('schema')
    .description('what a listing must look like, as JSON Schema of one row')
    .option('--json', 'which it is anyway')
    .action(() => printJson(listingJsonSchema()));
}
