import { Command } from 'commander';
import { runBridge } from './bridge/run';
import { runDiscovery, runUsage } from './discovery/run';
import { runLifecycle } from './lifecycle/run';

const program = new Command('npm run bench --');
program.description('Measures against other ways of doing the same, both in one run; exit code 1 where a stated limit does not hold');
program
  .command('discovery')
  .description('a million runs against a million of which 1 % changed: compare, filter, plan; beside pandas doing the same work')
  .option('--json', 'print as JSON')
  .option('--rows <numbers>', 'sizes of the archive, the largest last', '10000,100000,1000000')
  .option('--times <number>', 'how often each is measured, by turns; medians are shown', '3')
  .option('--usage', 'only what is asked of ENA and of AWS, and its price')
  .action(async ({ json = false, usage = false, rows, times }: { json?: boolean; usage?: boolean; rows: string; times: string }) => {
    process.exitCode = usage ? await runUsage(json) : await runDiscovery(rows.split(',').map(Number), Number(times), json);
  });

program
  .command('bridge')
  .description('what tracking a thousand jobs costs the bridge: logins, calls of Slurm and bytes; beside one call a job')
  .option('--json', 'print as JSON')
  .option('--jobs <number>', 'jobs that run', '1000')
  .option('--sample <number>', 'of these, asked about one by one', '40')
  .action(async ({ json = false, jobs, sample }: { json?: boolean; jobs: string; sample: string }) => {
    process.exitCode = await runBridge(Number(jobs), Number(sample), json);
  });

program
  .command('lifecycle')
  .description(
    'from finished to home and destroyed on a droplet and on Slurm, through the deployed stack: reactions, transitions, histories',
  )
  .option('--json', 'print as JSON')
  .option('--rounds <number>', 'batches measured of each provider', '2')
  .action(async ({ json = false, rounds }: { json?: boolean; rounds: string }) => {
    process.exitCode = await runLifecycle(Number(rounds), json);
  });

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
