import type { Command } from 'commander';
import { CliError } from '../errors';
import { print, printJson } from '../output';
import { retireMaster, rotateMaster, type MasterParameter } from '../rotate-master';
import { needed, type JsonFlag } from './arguments';

interface Flags extends JsonFlag {
  readonly installation?: string;
  readonly force?: true;
}

// Loaded where it is needed, because the AWS SDK takes longer to load than any other command takes to run; `import()` would not do: tsx/cjs resolves no
// extensions in it.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const secrets = (): typeof import('../initialise') => require('../initialise') as typeof import('../initialise');

function masterOf(installation: string): MasterParameter {
  const { masterParameter } = secrets();
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { readParameter, writeParameter } = require('../parameters') as typeof import('../parameters');
  const name = masterParameter(installation);
  return { read: () => readParameter(name), write: (value) => writeParameter(name, value) };
}

async function rotate(flags: Flags): Promise<void> {
  const installation = needed('--installation <name>', flags.installation);
  await rotateMaster(masterOf(installation), secrets().newMaster);
  if (flags.json) printJson({ installation, rotated: true });
  else print('New jobs use a new master secret; those that there are keep theirs. When they have ended: trawl key retire-master.');
}

async function retire(flags: Flags): Promise<void> {
  const installation = needed('--installation <name>', flags.installation);
  const { stackOutputs, storesOf } = secrets();
  const stores = storesOf(await stackOutputs(installation));
  const { isRetired, jobs } = await retireMaster(masterOf(installation), stores, flags.force === true);
  if (!isRetired && jobs.length > 0)
    throw new CliError(
      `${jobs.length === 1 ? 'one job still speaks' : `${jobs.length} jobs still speak`} with keys of the old secret: ${jobs.slice(0, 5).join(', ')}`,
      'wait until they have ended; with --force they are not heard any more',
    );
  if (flags.json) printJson({ installation, retired: isRetired, unheard: jobs });
  else print(isRetired ? 'The old master secret is out of use.' : 'There is one master secret; nothing to retire.');
}

export function keyCommands(program: Command): void {
  const key = program.command('key').description('the master secret, which the keys of all jobs are derived from');
  key
    .command('rotate-master')
    .description('a new master secret for all jobs from now on; those that there are keep their keys until the old one is retired')
    .option('--installation <name>', 'as in the configuration that was deployed (needed)')
    .option('--json', 'print as JSON')
    .action(rotate);
  key
    .command('retire-master')
    .description('takes the old master secret out of use; refused while a job speaks with its keys')
    .option('--installation <name>', 'as in the configuration that was deployed (needed)')
    .option('--force', 'also while jobs speak with its keys; they are not heard any more')
    .option('--json', 'print as JSON')
    .action(retire);
}
