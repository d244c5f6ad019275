import type { Command } from 'commander';
import { isOver, leftoversOf } from '../../layers/core/reaping/leftovers';
import { CliError } from '../errors';
import { print, printJson, table } from '../output';
import { withProgress } from '../progress';
import { needed, type JsonFlag } from './arguments';

interface Flags extends JsonFlag {
  readonly check?: true;
  readonly installation?: string;
}

const STILL = 'something of it goes on costing, or could not be looked at';

async function uninstall(flags: Flags): Promise<void> {
  if (!flags.check) {
    throw new CliError(
      'nothing was removed: Trawl does not uninstall itself',
      'repeat with --check to see what there is and what to do; docs/uninstall.md',
      2,
    );
  }
  const installation = needed('--installation <name>', flags.installation);
  // Loaded here, because the AWS SDK takes longer to load than any other command takes to run.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { installationFacts } = require('../leftovers') as typeof import('../leftovers');
  const leftovers = leftoversOf(await withProgress(`looking at ${installation}`, installationFacts(installation, new Date())));
  const over = isOver(leftovers);
  if (flags.json) printJson({ installation, over, leftovers });
  else {
    print(
      table(
        ['WHAT', 'STATE', 'DETAIL'],
        leftovers.map(({ what, state, detail }) => [what, state, detail]),
      ),
    );
    print('\nResults at home are never touched.');
    leftovers.forEach(({ what, todo }) => todo !== undefined && print(`${what}: ${todo}`));
    if (over) print('\nNothing of it goes on costing but what is stored.');
  }
  if (!over) throw new CliError(STILL, 'do what stands there, from above; then ask again');
}

export function uninstallCommand(program: Command): void {
  program
    .command('uninstall')
    .description('what still exists of an installation and costs, and what to do about each; ends 1 while anything is alive or unknown')
    .option('--check', 'look; nothing is removed by this command (needed)')
    .option('--installation <name>', 'as in the configuration that was deployed (needed)')
    .option('--json', 'print as JSON')
    .action(uninstall);
}
