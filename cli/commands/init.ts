import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { Command } from 'commander';
import { join } from 'node:path';
import { CliError } from '../errors';
import { initialise, type Outputs } from '../initialise';
import { print, printJson } from '../output';
import { saveSettings, userSettingsPath } from '../settings';

interface Flags {
  readonly installation: string;
  readonly baseUrl?: string;
  readonly save?: true;
  readonly saveTo?: string;
  readonly json?: true;
}

/** Outputs of the two stacks of an installation, by output key. @throws CliError when one of them is not deployed */
async function stackOutputs(installation: string): Promise<Outputs> {
  const client = new CloudFormationClient({});
  const outputs = new Map<string, string>();
  for (const part of ['stateful', 'stateless']) {
    const name = `${installation}-${part}`;
    const found = await client.send(new DescribeStacksCommand({ StackName: name })).catch((error: unknown) => {
      throw new CliError(
        `stack ${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        'deploy first: npx cdk deploy --all -c config=FILE; and check AWS credentials and region',
        1,
        { cause: error },
      );
    });
    found.Stacks?.[0]?.Outputs?.forEach(({ OutputKey: key, OutputValue: value }) => outputs.set(key ?? '', value ?? ''));
  }
  const need = (key: string): string => {
    const value = outputs.get(key);
    if (value === undefined || value === '')
      throw new CliError(`the stacks of ${installation} have no output ${key}`, 'deploy this version first');
    return value;
  };
  return { tableName: need('TableName'), apiUrl: need('ApiUrl') };
}

async function init(flags: Flags): Promise<void> {
  const made = await initialise(flags.installation, await stackOutputs(flags.installation), flags.baseUrl);
  const path = flags.saveTo === undefined ? userSettingsPath() : join(flags.saveTo, 'cli.json');
  if (flags.save || flags.saveTo !== undefined) saveSettings(path, { url: made.url, token: made.token });
  if (flags.json) return printJson(made);
  print(`installation    ${flags.installation}`);
  print(`API             ${made.url}`);
  print(`operator token  ${made.token}`);
  print(`public key      ${made.publicKey}`);
  print(
    '\nOn the head node, as the user that Trawl logs in as, this line goes into ~/.ssh/authorized_keys (ROOT is cluster.root of your configuration):',
  );
  print(`  command="python3 ROOT/kit/gate.py --root ROOT",restrict ${made.publicKey}`);
  print(
    flags.save || flags.saveTo !== undefined
      ? `\nSaved for this CLI in ${path}.`
      : '\nFor this CLI: export TRAWL_URL and TRAWL_TOKEN, or repeat with --save.',
  );
}

export function initCommand(program: Command): void {
  program
    .command('init')
    .description('after a deployment: write secrets, SSH key and base URL to SSM, and print the first operator token; repeatable')
    .requiredOption('--installation <name>', 'as in the configuration that was deployed')
    .option('--base-url <url>', 'where workers and people reach the API, when it is not the URL that AWS gives')
    .option('--save', 'save URL and token for this CLI in the user’s configuration')
    .option('--save-to <folder>', 'save them as cli.json in this folder instead')
    .option('--json', 'print as JSON')
    .action(init);
}
