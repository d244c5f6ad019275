import { Command } from 'commander';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startInstallation, type Installation } from '../installation/installation';
import { cleaningUpOnInterruption } from '../installation/interruption';
import { trawl } from '../installation/trawl-cli';
import { PROJECT_ROOT } from '../setup/install-once';
import { isSettled, show, until, status } from './observe';
import { makeReport, reportTable, shortcomings } from './report';
import { follow, tell } from './story';

const SOURCES = ['study:PRJEB28810', 'taxon:9031', 'study:PRJEB37886'] as const;
/** The largest on droplets, several at once; the others on the cluster, one of them through two stages. */
const CHECKED = 'study:PRJEB37886';
const TOLD = [
  ['workflow', 'import', 'workflows/fetch-and-check.yaml'],
  ['add', 'study:PRJEB28810', '--provider', 'droplet'],
  ['add', 'taxon:9031', '--provider', 'slurm'],
  ['add', CHECKED, '--provider', 'slurm', '--workflow', 'fetch-and-check'],
] as const;
const TOTAL_BYTES = 200_000_000;
const TIMEOUT_SECONDS = 1_200;

/** Runs that a source shows at home, by its links. */
const linksIn =
  (root: string) =>
  (sourceId: string): ReadonlySet<string> => {
    const folder = join(root, 'sources', sourceId.replace(':', '-'), 'links');
    return new Set(existsSync(folder) ? readdirSync(folder) : []);
  };

async function watch(installation: Installation): Promise<void> {
  const { access } = installation;
  const tellNew = follow(access);
  await until(
    'the end of all three sources',
    TIMEOUT_SECONDS,
    async () => {
      const shown = [];
      for (const sourceId of SOURCES) {
        await tellNew(sourceId);
        shown.push(await show(access, sourceId));
      }
      return shown;
    },
    (shown) => shown.every(isSettled),
  );
  for (const sourceId of SOURCES) await tellNew(sourceId);
  await until(
    'the end of the last worker',
    120,
    () => status(access),
    ({ workers }) => workers.length === 0,
  );
}

/** From three names to the table. @returns the exit code: 0 when all of it was seen */
async function play(installation: Installation, reportPath: string | undefined): Promise<number> {
  tell(`API ${installation.access.url}; head node ${installation.cluster.head.host}:${installation.cluster.head.port}`);
  tell(`status page ${installation.access.url}/ (sign in with the token ${installation.access.token})`);
  for (const args of TOLD) {
    tell(`$ npx trawl ${args.join(' ')}`);
    const told = await trawl(installation.access, args);
    process.stdout.write(told.stdout + told.stderr);
    if (told.code !== 0) return 1;
  }
  await watch(installation);
  const report = await makeReport(installation, SOURCES, linksIn(installation.cluster.root), CHECKED);
  process.stdout.write(`\n${reportTable(report)}\n`);
  if (reportPath !== undefined) writeFileSync(reportPath, `${JSON.stringify(report, null, 2)}\n`);
  const missing = shortcomings(report);
  missing.forEach((what) => process.stderr.write(`not shown: ${what}\n`));
  return missing.length === 0 ? 0 : 1;
}

async function demo(flags: { readonly report?: string; readonly keep?: true }): Promise<number> {
  tell('Trawl demo: three ENA sources, from named to complete, on droplets and on a real Slurm cluster, through the deployed stack.');
  const installation = await startInstallation({
    stateDir: join(PROJECT_ROOT, '.trawl', 'demo'),
    emulator: 'ministack',
    installation: 'demo',
    totalBytes: TOTAL_BYTES,
    recheckSeconds: 24 * 3_600,
    droplets: true,
    say: tell,
  });
  const end = flags.keep ? async (): Promise<void> => undefined : (): Promise<void> => installation.stop();
  try {
    return await cleaningUpOnInterruption(end, tell, () => play(installation, flags.report));
  } finally {
    await end();
    if (flags.keep) tell('left standing (--keep): look around with "npx trawl status", end it with "npm run down -- --demo"');
  }
}

const program = new Command('demo')
  .description('three ENA sources from named to complete, on real parts; ends 0 when all of it was seen')
  .option('--report <file>', 'write the report as JSON')
  .option('--keep', 'leave the installation standing')
  .action(async (flags: { readonly report?: string; readonly keep?: true }) => {
    process.exitCode = await demo(flags);
  });
program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
