import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { version } from '../package.json';
import { actionCommands } from './commands/actions';
import { addCommand } from './commands/add';
import { filterCommands } from './commands/filter';
import { clusterCommands } from './commands/cluster';
import { costCommand } from './commands/cost';
import { exportCommand } from './commands/export';
import { holdCommands } from './commands/hold';
import { homeCommands } from './commands/home';
import { initCommand } from './commands/init';
import { keyCommands } from './commands/key';
import { listingHistoryCommands } from './commands/listing-history';
import { operationCommands } from './commands/operation';
import { overviewCommands } from './commands/overview';
import { planCommand } from './commands/plan';
import { reapCommands } from './commands/reap';
import { setCommand } from './commands/set';
import { siteCommands } from './commands/site';
import { showCommands } from './commands/show';
import { tokenCommands } from './commands/token';
import { uninstallCommand } from './commands/uninstall';
import { workflowCommands } from './commands/workflow';
import { CliError } from './errors';

export function makeProgram(): Command {
  const program = new Command('trawl')
    .description('Keeps a laboratory’s copy of public sequencing data up to date.')
    .version(version)
    .showHelpAfterError('(see "trawl --help" and "trawl <command> --help")')
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .exitOverride();
  addCommand(program);
  setCommand(program);
  overviewCommands(program);
  showCommands(program);
  actionCommands(program);
  filterCommands(program);
  clusterCommands(program);
  holdCommands(program);
  keyCommands(program);
  listingHistoryCommands(program);
  homeCommands(program);
  operationCommands(program);
  reapCommands(program);
  siteCommands(program);
  tokenCommands(program);
  workflowCommands(program);
  exportCommand(program);
  costCommand(program);
  planCommand(program);
  initCommand(program);
  uninstallCommand(program);
  program.commands.forEach((command) => makeHelpful(command, 'trawl'));
  return program;
}

/** An error names the help of the very command that was mistyped. */
function makeHelpful(command: Command, above: string): void {
  const name = `${above} ${command.name()}`;
  command.exitOverride().showSuggestionAfterError().showHelpAfterError(`(see "${name} --help")`);
  command.commands.forEach((below) => makeHelpful(below, name));
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CliError) {
    process.stderr.write(`trawl: ${error.message}\n${error.hint === undefined ? '' : `  → ${error.hint}\n`}`);
    return error.exitCode;
  }
  if (error instanceof z.ZodError) {
    process.stderr.write(
      `trawl: the API answered in an unexpected form; CLI and installation may be of different versions\n${z.prettifyError(error)}\n`,
    );
    return 3;
  }
  const said = error instanceof Error ? error.message : String(error);
  const hint = AWS_UNSET.test(said) ? '  → this command calls AWS: set AWS_REGION and credentials, or AWS_PROFILE\n' : '';
  process.stderr.write(`trawl: ${said}\n${hint}`);
  return 1;
}
/** The AWS SDK's words where neither environment nor profile say where and who. */
const AWS_UNSET = /^(Region is missing|Could not load credentials)/;

/** @returns the exit code: 0 done, 1 refused or failed, 2 wrong usage, 3 not reached, 4 not allowed */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await makeProgram().parseAsync([...argv]);
    return 0;
  } catch (error) {
    return explain(error);
  }
}
