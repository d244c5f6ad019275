import type { Command } from 'commander';
import { CliError } from '../errors';
import { print, printJson, table } from '../output';
import { withProgress } from '../progress';
import { configOf, wholeNumber, type JsonFlag } from './arguments';
import { clusterSetupCommands } from './cluster-setup';

interface Flags extends JsonFlag {
  readonly config?: string;
  readonly job: boolean;
  readonly wait: number;
  readonly sshServer: string;
}

async function check(flags: Flags): Promise<void> {
  const config = configOf(flags.config);
  // Loaded here, because the AWS SDK takes longer to load than any other command takes to run.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { checkCluster } = require('../cluster-gate') as typeof import('../cluster-gate');
  const look = flags.job ? { sshServer: flags.sshServer, waitSeconds: flags.wait } : undefined;
  const lines = await withProgress(`asking the gate on ${config.cluster.host}`, checkCluster(config, look));
  const missing = lines.filter(({ state }) => state === 'missing');
  if (flags.json) printJson({ installation: config.installation, ready: missing.length === 0, lines });
  else {
    print(
      table(
        ['WHAT', 'STATE', 'FOUND'],
        lines.map(({ what, state, found }) => [what, state, found]),
      ),
    );
    missing.forEach(({ what, todo }) => todo !== undefined && print(`\n${what}: ${todo}`));
  }
  if (missing.length > 0)
    throw new CliError(`${missing.length} of what this installation needs is not there`, 'mend it as told; docs/cluster.md');
}

export function clusterCommands(program: Command): void {
  const cluster = program.command('cluster').description('the head node that the bridge reaches');
  cluster
    .command('check')
    .description('ask the gate what the cluster can do, and say what this installation lacks there; ends 1 while something is missing')
    .option('--config <file>', 'the configuration that is deployed (needed)')
    .option('--no-job', 'leave out the small job that looks from a node of the data-moving partition')
    .option('--wait <seconds>', 'how long that job may take', wholeNumber(1, 3_600), 120)
    .option('--ssh-server <host>', 'a public SSH server, in the place of droplets, for what it tries on port 22', 'github.com')
    .option('--json', 'print as JSON')
    .action(check);
  clusterSetupCommands(cluster);
}
