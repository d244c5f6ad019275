import { Command, Option } from 'commander';
import { join } from 'node:path';
import { saveSettings } from '../../../cli/settings';
import type { EmulatorKind } from '../aws/emulator';
import { functionLogs } from '../aws/function-logs';
import { attachInstallation, startInstallation, stopInstallation, type Installation } from '../installation/installation';
import { PROJECT_ROOT } from '../setup/install-once';
import { interactive } from './interactive';

const folder = (flags: { readonly demo?: true }): string => join(PROJECT_ROOT, '.trawl', flags.demo ? 'demo' : 'local');
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const note = (line: string): void => void process.stderr.write(`${line}\n`);

function standing(flags: { readonly demo?: true }): Installation {
  const found = attachInstallation(folder(flags));
  if (!found) throw new Error('no local installation stands here; start one with "npm run up"');
  return found;
}

function describe({ access, cluster, enaUrl, emulator, digitalOcean }: Installation): string {
  const environment = Object.entries(emulator.environment).map(([name, value]) => `${name}=${value}`);
  return [
    `status page ${access.url}/ (sign in with the token)`,
    `API         ${access.url}`,
    `token       ${access.token}`,
    `head node   ${cluster.head.user}@${cluster.head.host}:${cluster.head.port} (gate only); storage ${cluster.root}`,
    `ENA         ${enaUrl}/ena/portal/api (stand-in; told to misbehave by ${enaUrl}/_control)`,
    `AWS         ${emulator.endpoint} (${emulator.kind}); commands that call it (cluster, key, uninstall) need in their environment`,
    `            ${environment.join(' ')}`,
    'settings    .trawl/local/config.json (--config)',
    digitalOcean
      ? 'droplets    sandboxes of this machine (test/world/digitalocean); trawl add --provider droplet …'
      : 'droplets    none (npm run up -- --droplets)',
    '',
    'Saved for the CLI in .trawl/cli.json. Next:',
    '  npx trawl add study:PRJEB28810 taxon:9031',
    '  npx trawl status          npx trawl show taxon:9031',
    '  npm run slurm -- squeue   npm run logs -- run-tick   npm run down',
  ].join('\n');
}

async function up(flags: { readonly emulator: EmulatorKind; readonly recheckSeconds: string; readonly droplets?: true }): Promise<void> {
  const stateDir = folder({});
  const found = attachInstallation(stateDir);
  if (found) note('a local installation stands already, as follows; "npm run down" ends it');
  const installation =
    found ??
    (await startInstallation({
      stateDir,
      emulator: flags.emulator,
      installation: 'local',
      totalBytes: 200_000_000,
      recheckSeconds: Number(flags.recheckSeconds),
      droplets: flags.droplets === true,
      say: note,
    }));
  saveSettings(join(PROJECT_ROOT, '.trawl', 'cli.json'), installation.access);
  print(describe(installation));
}

async function logs(name: string | undefined, flags: { readonly demo?: true }): Promise<void> {
  const { emulator, name: installation } = standing(flags);
  const prefix = `/aws/lambda/${installation}-`;
  const lines = (await functionLogs(emulator, 0)).filter(({ group }) => group.startsWith(prefix));
  const wanted = lines.filter(({ group }) => name === undefined || group === `${prefix}${name}`);
  wanted.forEach(({ group, message }) => print(`${group.slice(prefix.length)}  ${message}`));
  if (wanted.length > 0) return;
  const others = [...new Set(lines.map(({ group }) => group.slice(prefix.length)))].sort();
  throw new Error(`${name ?? 'no function'} has logged nothing; others that have: ${others.join(', ') || 'none'}`);
}

function makeProgram(): Command {
  // Options after "slurm" are those of the Slurm command; commander wants this of the parent before a command passes them through.
  const program = new Command('standing').description('a local installation to look around in').enablePositionalOptions();
  program
    .command('up')
    .description('start it, or show the one that stands')
    .addOption(new Option('--emulator <kind>', 'of AWS').choices(['ministack', 'localstack']).default('ministack'))
    .option('--recheck-seconds <n>', 'recheck interval of new sources', '86400')
    .option('--droplets', 'with a provider of droplets too, from a stand-in; it needs root')
    .action(up);
  program
    .command('down')
    .description('end it and all its processes')
    .option('--demo', 'the one that "npm run demo -- --keep" left')
    .action(async (flags: { readonly demo?: true }) => {
      await stopInstallation(folder(flags));
      print('nothing of it runs any more');
    });
  program
    .command('logs')
    .description('what the functions logged')
    .argument('[function]', 'one function, for example run-tick')
    .option('--demo', 'of the demo')
    .action(logs);
  program
    .command('slurm')
    .description('run a Slurm command on its cluster, for example "npm run slurm -- squeue -l"')
    .argument('<command...>')
    .option('--demo', 'of the demo')
    .passThroughOptions()
    .action((command: readonly string[], flags: { readonly demo?: true }) => {
      process.exitCode = interactive(command, standing(flags).cluster.environment);
    });
  return program;
}

makeProgram()
  .parseAsync()
  .catch((error: unknown) => {
    note(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
