import type { Command } from 'commander';
import { resolve } from 'node:path';
import type { Config } from '../../infra/config';
import type { SetupOptions } from '../cluster-setup';
import { CliError } from '../errors';
import type { Access, SetupLine } from '../head-node';
import { newSshKey } from '../../layers/adapters/bridge/new-ssh-key';
import { print, printJson, table } from '../output';
import { rotateKey, revokeKey, type KeyPlaces } from '../rotate-key';
import { configOf, type JsonFlag } from './arguments';

interface Flags extends JsonFlag {
  readonly config?: string;
  readonly ssh?: string;
  readonly here?: true;
  readonly script?: string;
  readonly sudo?: true;
  readonly dryRun?: true;
  readonly authorizedKeys?: string;
  readonly nextflowLib?: string;
  readonly tools?: string;
}

/** Exactly one way to the head node. @throws CliError */
function accessOf({ ssh, here, script, sudo: asRoot }: Flags): Access {
  const sudo = asRoot === true;
  const ways: readonly Access[] = [
    ...(ssh === undefined ? [] : [{ by: 'ssh', destination: ssh, sudo } as const]),
    ...(here ? [{ by: 'here', sudo } as const] : []),
    ...(script === undefined ? [] : [{ by: 'script', path: resolve(script) } as const]),
  ];
  const [way] = ways;
  if (way !== undefined && ways.length === 1) return way;
  throw new CliError(
    'one way to the head node is needed: --ssh, --here or --script',
    '--ssh USER@HOST: by your own ssh; --here: this is the head node; --script FILE: write down what is to be run there',
    2,
  );
}

interface Loaded {
  readonly config: Config;
  readonly access: Access;
  readonly options: SetupOptions;
  readonly setup: typeof import('../cluster-setup');
}

/** Loaded when asked for, because the AWS SDK takes longer to load than any other command takes to run. */
function load(flags: Flags): Loaded {
  const access = accessOf(flags);
  const config = configOf(flags.config);
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const setup = require('../cluster-setup') as typeof import('../cluster-setup');
  const { authorizedKeys, nextflowLib, tools } = flags;
  const options = { dryRun: flags.dryRun === true, authorizedKeys, nextflowLib, tools };
  return { config, access, options, setup };
}

/** @throws CliError while something is missing */
function tell(flags: Flags, lines: readonly SetupLine[] | undefined): void {
  if (lines === undefined) {
    print(`written to ${flags.script ?? ''}: run it on the head node, as the account that Trawl logs in as or as root`);
    return;
  }
  const missing = lines.filter(({ state }) => state === 'missing');
  if (flags.json) printJson({ ready: missing.length === 0, lines });
  else {
    const rows = lines.map(({ what, state, found }) => [what, state, found]);
    print(table(['WHAT', 'STATE', 'FOUND'], rows));
    missing.forEach(({ what, todo }) => todo !== undefined && print(`\n${what}: ${todo}`));
  }
  if (missing.length > 0) throw new CliError(`${missing.length} things are missing on the head node`, 'mend them as told, and repeat this');
}

async function install(flags: Flags): Promise<void> {
  const { setup, config, access, options } = load(flags);
  tell(flags, await setup.installCluster(config, access, options));
  if (access.by !== 'script' && !options.dryRun && !flags.json) print(`\nnow: npx trawl cluster check --config ${flags.config ?? ''}`);
}

/** A change of the key; `dry` is what a dry run asks of the head node. */
async function changeKey(
  flags: Flags,
  dry: () => Parameters<Loaded['setup']['dryRunOfKey']>[3],
  change: (places: KeyPlaces) => Promise<'done' | 'later'>,
  done: string,
): Promise<void> {
  const { setup, config, access, options } = load(flags);
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const places = setup.keyPlaces(config, access, options, say);
  if (options.dryRun) {
    tell(flags, await setup.dryRunOfKey(config, access, options, dry()));
    return;
  }
  const ended = await change(places);
  if (flags.json) printJson({ outcome: ended });
  else print(ended === 'done' ? done : `run ${flags.script ?? ''} on the head node: until then it lets the old key in`);
}

const rotate = (flags: Flags): Promise<void> =>
  changeKey(
    flags,
    () => ({ add: newSshKey('dry-run').public }),
    (places) => rotateKey(places),
    'the new key counts, the old one is let in no more',
  );

const revoke = (flags: Flags): Promise<void> =>
  changeKey(
    flags,
    () => ({ none: true }),
    (places) => revokeKey(places, new Date()),
    'the key is revoked: nothing asks with it, and it is let in no more',
  );

const withWays = (command: Command): Command =>
  command
    .option('--config <file>', 'the configuration that is deployed (needed)')
    .option('--ssh <destination>', 'reach the head node by your own ssh, as an account that may do it: user@host, ssh://user@host:port')
    .option('--here', 'this machine is the head node')
    .option('--script <file>', 'reach nothing: write down what is to be run on the head node')
    .option('--sudo', 'become root there by sudo')
    .option('--authorized-keys <file>', 'where the sshd there looks for keys, if not in the account’s home')
    .option('--dry-run', 'say what would be done, and change nothing')
    .option('--json', 'print as JSON');

/** `trawl cluster install | key rotate | key revoke`. */
export function clusterSetupCommands(cluster: Command): void {
  withWays(cluster.command('install').description('set up directories, group, modes, gate, kit and key on the head node; repeatable'))
    .option('--nextflow-lib <folder>', 'there: Nextflow’s jars, instead of asking Maven Central')
    .option('--tools <folder>', 'there: programs for pipelines as slurm/fetch-tools.sh lays them out')
    .action(install);
  const key = cluster.command('key').description('the key by which the bridge logs in there');
  withWays(key.command('rotate').description('put a new key in the place of the old one; one that was cut is taken up by the next')).action(
    rotate,
  );
  withWays(key.command('revoke').description('let the key in no more, and ask nothing with it; rotate makes a new one')).action(revoke);
}
