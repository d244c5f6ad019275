import { InvalidArgumentError, Option, type Command } from 'commander';
import { readFileSync } from 'node:fs';
import { type Condition, judgeQuery, OPERATORS } from '../../layers/core/discovery/extra-query';
import { SEARCH_FIELDS } from '../../layers/core/discovery/search-fields';
import { SOURCE_PROVIDERS } from '../../layers/core/entities';
import { PRIORITIES } from '../../layers/core/sources/priority';
import { WorkflowName } from '../../layers/core/workflows/document';
import { CliError } from '../errors';
import { decimalNumber, wholeNumber } from './arguments';

export interface SettingFlags {
  readonly subtree?: boolean;
  readonly priority?: number;
  readonly recheckSeconds?: number;
  readonly recheckDays?: number;
  readonly maxRuns?: number;
  readonly maxBytes?: number;
  readonly maxDollars?: number;
  readonly provider?: string;
  readonly workflow?: string;
  /** `false`: `--no-query`. */
  readonly query?: readonly Condition[] | false;
  readonly queryFile?: string;
}

const WORDS = Object.entries(PRIORITIES)
  .map(([word, value]) => `${value} ${word}`)
  .join(', ');

/** A number from -1 to 6, or its word. */
const priority = (text: string): number =>
  Object.entries(PRIORITIES).find(([word]) => word === text)?.[1] ?? wholeNumber(PRIORITIES.stopped, PRIORITIES.urgent)(text);

/** Whether it was imported is asked by the API. */
function workflowName(text: string): string {
  const parsed = WorkflowName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(`It ${parsed.error.issues[0]?.message ?? 'is no name'}.`);
}

/** `first_public>=2024-01-01` as a condition; judged with the others, so that all faults are told together. */
function condition(text: string, before: readonly Condition[] | false | undefined): readonly Condition[] {
  const [, field, operator, value] = /^\s*([A-Za-z0-9_]+)\s*(>=|<=|!=|=|>|<)\s*(.*?)\s*$/s.exec(text) ?? [];
  const known = OPERATORS.find((each) => each === operator);
  if (field === undefined || known === undefined)
    throw new InvalidArgumentError('It is not <field><operator><value>, such as library_strategy=WGS.');
  return [...(before === undefined || before === false ? [] : before), { field, operator: known, value: value ?? '' }];
}

/** The options of `add` and `set` that are settings of sources. */
export const withSettings = (command: Command): Command =>
  command
    .option('--priority <n>', `${WORDS}; from 0 down nothing new begins`, priority)
    .addOption(
      new Option('--recheck-days <n>', 'days between two checks').argParser(decimalNumber({ zero: false })).conflicts('recheckSeconds'),
    )
    .option('--recheck-seconds <n>', 'the same in seconds, at least 60', wholeNumber(60))
    .option('--max-runs <n>', 'a plan of more runs waits for "trawl approve"', wholeNumber(1))
    .option('--max-bytes <n>', 'a plan of more bytes waits for "trawl approve"', wholeNumber(1))
    .option('--max-dollars <n>', 'a plan that costs more waits for "trawl approve"', decimalNumber({ zero: true }))
    .addOption(new Option('--provider <name>', 'where the work may run; any: in the order of the configuration').choices(SOURCE_PROVIDERS))
    .option('--workflow <name>', 'what is done with its runs: fetch, or a name of "trawl workflow list"', workflowName)
    .option(
      '--query <condition>',
      'only runs that meet it too, such as library_strategy=WGS or first_public>=2024-01-01; several: all',
      condition,
    )
    .option('--query-file <path>', 'the same as JSON: {field, operator, value}, {all: […]}, {any: […]}, {not: …}')
    .addHelpText('after', `\nFields of a query: ${[...SEARCH_FIELDS.keys()].sort().join(' ')}`);

function queryOf({ query, queryFile }: SettingFlags): unknown {
  if (queryFile !== undefined && query !== undefined) throw new CliError('--query and --query-file are both given', 'give one of them', 2);
  if (query === false) return null;
  if (query !== undefined) return query.length === 1 ? query[0] : { all: query };
  return queryFile === undefined ? undefined : fromFile(queryFile);
}

function fromFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    throw new CliError(`${path} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`, undefined, 2);
  }
}

/** The settings as the API takes them. @throws CliError that names every fault of a query, before anything is sent */
export function settingsOf(flags: SettingFlags): Readonly<Record<string, unknown>> {
  const { maxRuns: runs, maxBytes: bytes, maxDollars: dollars, subtree: includeSubtree } = flags;
  const extraQuery = queryOf(flags);
  const issues = extraQuery === undefined || extraQuery === null ? [] : judgeQuery(extraQuery);
  if (issues.length > 0) {
    const lines = issues.map(({ path, message }) => `\n  ${['query', ...path].join('.')}: ${message}`).join('');
    throw new CliError(`the query is not as it should be${lines}`, 'nothing was changed; "trawl set --help" lists the fields', 2);
  }
  const { priority: rank, recheckSeconds, recheckDays, provider, workflow } = flags;
  const limits = [runs, bytes, dollars].every((limit) => limit === undefined) ? undefined : { runs, bytes, dollars };
  // JSON leaves out what is undefined.
  return { includeSubtree, priority: rank, recheckSeconds, recheckDays, provider, workflow, limits, extraQuery };
}
