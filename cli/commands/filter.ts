import { Argument, type Command } from 'commander';
import { counted } from '../../layers/core/words';
import { apiClient } from '../client';
import { confirmed } from '../confirm';
import { CliError } from '../errors';
import { describedRules, filterPage, parametersOf } from '../filter-page';
import { FiltersAnswer, PreviewAnswer } from '../filter-schemas';
import { print, printJson, table } from '../output';
import { printPreview } from '../print-preview';
import { checkFilterFile, foundLine, readFilterFile, soundFilters, type FilterFile } from '../read-filters';
import { findSettings } from '../settings';
import { sourceArgument, sourcePath, type JsonFlag } from './arguments';

/** On standard error, so that what is piped onward stays what it is. */
const warn = ({ warnings }: Pick<FilterFile, 'warnings'>): void =>
  warnings.forEach((found) => process.stderr.write(`trawl: warning:${foundLine(found).slice(1)}\n`));

function rules(flags: JsonFlag & { readonly markdown?: true }): void {
  const described = describedRules();
  if (flags.markdown) {
    process.stdout.write(filterPage());
    return;
  }
  if (flags.json) {
    printJson(described);
    return;
  }
  for (const rule of described) {
    print(`${rule.rule}: ${rule.description}`);
    parametersOf(rule).forEach(([name, meaning]) => print(`    ${name.padEnd(12)} ${meaning}`));
    print(`    example      ${JSON.stringify(rule.example)}`);
    if (rule.default !== undefined) print(`    default      ${JSON.stringify(rule.default)}`);
  }
}

function check(file: string, flags: JsonFlag): void {
  const read = checkFilterFile(file);
  if (flags.json) printJson(read);
  else warn(read);
  const { filters } = soundFilters(file, read);
  if (!flags.json) print(`${file} is a filter document of ${counted(filters.rules.length, 'rule')}.`);
}

async function show(id: string, flags: JsonFlag): Promise<void> {
  const path = sourcePath(id);
  const answer = await apiClient(findSettings()).get(`${path}/filters`, FiltersAnswer);
  if (flags.json) printJson(answer);
  else printFilters(answer);
}

function printFilters({ sourceId, chain, filters, problems, warnings }: FiltersAnswer): void {
  const rows = chain.map(({ rule, parameters, from }, at) => [at + 1, rule, from, JSON.stringify(parameters)]);
  if (problems.length > 0) print(`${sourceId} is not checked before these are mended:\n${problems.map(foundLine).join('\n')}`);
  else print(rows.length === 0 ? `${sourceId} has no filters: all its runs are fetched.` : table(['', 'RULE', 'FROM', 'PARAMETERS'], rows));
  filters.rules.filter(({ off }) => off === true).forEach(({ rule }) => print(`off: ${rule}`));
  warnings.forEach((found) => print(`warning:${foundLine(found).slice(1)}`));
}

async function askPreview(path: string, { filters }: FilterFile): Promise<PreviewAnswer> {
  const answer = await apiClient(findSettings()).send('POST', `${path}/filters/preview`, { filters });
  return PreviewAnswer.parse(answer.body);
}

async function preview(id: string, file: string, flags: JsonFlag): Promise<void> {
  const path = sourcePath(id);
  const read = readFilterFile(file);
  const answer = await askPreview(path, read);
  if (flags.json) {
    printJson(answer);
    return;
  }
  warn(read);
  printPreview(answer);
}

async function set(id: string, file: string, flags: JsonFlag & { readonly yes?: true }): Promise<void> {
  const path = sourcePath(id);
  const read = readFilterFile(file);
  const shown = await askPreview(path, read);
  warn(read);
  if (!flags.json) printPreview(shown);
  if (!flags.yes && !(await confirmed(`Set these filters of ${shown.sourceId}?`))) {
    throw new CliError('nothing was set', 'answer "y", or repeat the command with --yes', 2);
  }
  const body = { version: shown.version, filters: read.filters };
  const answer = FiltersAnswer.parse((await apiClient(findSettings()).send('PUT', `${path}/filters`, body)).body);
  if (flags.json) printJson({ preview: shown, set: answer });
  else
    print(
      answer.isChanged === false
        ? `${answer.sourceId} has these filters already.`
        : `${answer.sourceId} is judged by them from its next cycle on.`,
    );
}

const fileArgument = (): Argument => new Argument('<file>', 'filter document (JSON); "-" reads standard input');

export function filterCommands(program: Command): void {
  const filter = program.command('filter').description('which runs of a source are fetched; docs/filters.md');
  filter
    .command('rules')
    .description('every rule with its parameters and an example')
    .option('--json', 'print as JSON, parameters as JSON Schema')
    .option('--markdown', 'print as the page docs/filters.md')
    .action(rules);
  filter
    .command('check')
    .description('every problem of a filter document at once; needs no installation')
    .addArgument(fileArgument())
    .option('--json', 'print as JSON')
    .action(check);
  filter
    .command('show')
    .description('the rules that a source is judged by, in their order')
    .addArgument(sourceArgument())
    .option('--json', 'print as JSON')
    .action(show);
  filter
    .command('preview')
    .description('what a filter document would change of a source; changes nothing')
    .addArgument(sourceArgument())
    .addArgument(fileArgument())
    .option('--json', 'print as JSON')
    .action(preview);
  filter
    .command('set')
    .description('set the filters of a source, after showing what they change')
    .addArgument(sourceArgument())
    .addArgument(fileArgument())
    .option('--yes', 'do not ask')
    .option('--json', 'print preview and result as JSON')
    .action(set);
}
