import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { CliError } from '../errors';
import { print, printJson } from '../output';
import { withProgress } from '../progress';
import { saveWhereAsked, type SaveFlags } from '../settings';
import { needed, type JsonFlag } from './arguments';

interface Flags extends JsonFlag, SaveFlags {
  readonly installation?: string;
  readonly baseUrl?: string;
  readonly digitaloceanTokenFile?: string;
}

function textOf(file: string | 0): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`the token cannot be read: ${error instanceof Error ? error.message : String(error)}`, undefined, 2, {
      cause: error,
    });
  }
}

/** A secret in argv would stand in the process list. */
function tokenIn(path: string): string {
  const isInput = path === '-';
  const text = textOf(isInput ? 0 : path).trim();
  if (/^\S{20,200}$/.test(text)) return text;
  throw new CliError(
    `${isInput ? 'standard input' : path} holds no DigitalOcean token`,
    'one line with the token alone, as the control panel shows it',
    2,
  );
}

async function init(flags: Flags): Promise<void> {
  const installation = needed('--installation <name>', flags.installation);
  const digitalOceanToken = flags.digitaloceanTokenFile === undefined ? undefined : tokenIn(flags.digitaloceanTokenFile);
  // Loaded here, because the AWS SDK takes longer to load than any other command takes to run.
  // `import()` would not do: tsx/cjs resolves no extensions in it.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { initialise, stackOutputs } = require('../initialise') as typeof import('../initialise');
  const work = stackOutputs(installation).then((outputs) =>
    initialise(installation, outputs, { baseUrl: flags.baseUrl, digitalOceanToken }),
  );
  const made = await withProgress(`initialising ${installation}`, work);
  const path = saveWhereAsked(flags, made);
  if (flags.json) {
    printJson(made);
    return;
  }
  print(`installation    ${installation}`);
  print(`API             ${made.url}`);
  print(`operator token  ${made.token}`);
  if (made.publicKey !== null) {
    print(`public key      ${made.publicKey}`);
    print(
      '\nOn the head node "trawl cluster install" puts it in its place with the gate (docs/cluster.md). By hand, into ~/.ssh/authorized_keys',
    );
    print('of the account that Trawl logs in as (ROOT is cluster.root of your configuration):');
    print(`  restrict,command="ROOT/kit/gate.py --root ROOT" ${made.publicKey}`);
  }
  print(
    path === undefined ? '\nFor this CLI: export TRAWL_URL and TRAWL_TOKEN, or repeat with --save.' : `\nSaved for this CLI in ${path}.`,
  );
}

export function initCommand(program: Command): void {
  program
    .command('init')
    .description('after a deployment: write secrets, SSH key and base URL to SSM, and print the first operator token; repeatable')
    .option('--installation <name>', 'as in the configuration that was deployed (needed)')
    .option('--base-url <url>', 'where workers and people reach the API, when it is not the URL that AWS gives')
    .option('--digitalocean-token-file <file>', 'a file that holds the token for droplets, or - for standard input')
    .option('--save', 'save URL and token for this CLI in the user’s configuration')
    .option('--save-to <folder>', 'save them as cli.json in this folder instead')
    .option('--json', 'print as JSON')
    .action(init);
}
