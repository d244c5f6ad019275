import { Command } from 'commander';
import { attachCluster, clusterStatus, startCluster, type Cluster } from './cluster';

type Flags = { readonly state: string; readonly cache?: string };

const summary = ({ head, root, environment }: Cluster) => ({ head, root, environment });

const print = (value: unknown) => void process.stdout.write(`${JSON.stringify(value)}\n`);

/** `main.ts start|stop|status --state DIR`: a cluster that outlives the command; one JSON line on standard output. */
async function main(): Promise<void> {
  const program = new Command('cluster').description('a real Slurm cluster with a head node, under one directory');
  const verb = (name: string, description: string) =>
    program.command(name).description(description).requiredOption('--state <dir>', 'where the cluster keeps everything it has');
  verb('start', 'start it, or complete what runs')
    .option('--cache <dir>', "where Nextflow's jars are kept")
    .action(async ({ state, cache }: Flags) => {
      print(summary(await startCluster({ stateDir: state, ...(cache === undefined ? {} : { cacheDir: cache }) })));
    });
  verb('stop', 'end it and its jobs; files stay').action(async ({ state }: Flags) => {
    await attachCluster(state).stop();
    print({ stopped: true });
  });
  verb('status', 'say which daemons run').action(({ state }: Flags) => print(clusterStatus(state)));
  await program.parseAsync();
}

main().catch((error: unknown) => {
  process.stderr.write(`cluster: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
