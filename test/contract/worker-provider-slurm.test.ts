import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSshKey } from '../../layers/adapters/bridge/new-ssh-key';
import { sshGate } from '../../layers/adapters/bridge/ssh-gate';
import { slurmProvider } from '../../layers/adapters/slurm/provider';
import { startCluster, type Cluster } from '../world/cluster/cluster';
import type { KitInstaller } from '../world/cluster/head';
import { mustRun } from '../world/cluster/config';
import { startSsmWorld, type SsmWorld } from './gate/ssm-world';
import { clusterSetupContract } from './gate/cluster-setup';
import { gateContract } from './gate/suite';
import { workerProviderContract } from './worker-provider';
import { waitingWorkers } from './worker-provider-requests';

const repository = join(__dirname, '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'trawl-provider-'));
let starting: Promise<Cluster> | undefined;
const { private: privateKey, public: publicKey } = newSshKey('test');

/** The product's kit with stand-ins for Nextflow's jars and the tools: no job of these suites ever starts. */
const kitWithoutNextflow: KitInstaller = async (root) => {
  const lib = join(scratch, 'lib');
  mkdirSync(lib, { recursive: true });
  const version = /<artifactId>nextflow<\/artifactId>\s*<version>([\d.]+)</.exec(
    readFileSync(join(repository, 'slurm/nextflow/pom.xml'), 'utf8'),
  )?.[1];
  writeFileSync(join(lib, `nextflow-${version ?? ''}.jar`), '');
  const tools = createHash('sha256').update(readFileSync(join(repository, 'slurm/worker-kit/tools.txt')));
  writeFileSync(join(lib, 'pinned'), tools.digest('hex'));
  await mustRun('bash', [join(repository, 'slurm', 'install-kit.sh'), root, '--nextflow-lib', lib, '--tools', lib]);
};

/** One cluster for both suites; lost replies take four seconds. */
const cluster = (): Promise<Cluster> =>
  (starting ??= startCluster({ stateDir: join(scratch, 'cluster'), kit: kitWithoutNextflow, messageTimeoutSeconds: 4 }).then(
    async (started) => {
      started.authorize(publicKey);
      // Takes jobs and starts none, until it is up again.
      await started.run('scontrol', ['update', 'PartitionName=work', 'State=DOWN']);
      return started;
    },
  ));

const gateOf = ({ head }: Cluster) => sshGate(head, async () => privateKey);

let ssm: SsmWorld | undefined;
afterAll(async () => {
  await ssm?.stop();
  await (await starting)?.stop();
  rmSync(scratch, { recursive: true, force: true });
}, 60_000);

workerProviderContract('slurm, over SSH, gate and a real cluster', async () => {
  const real = await cluster();
  const gate = gateOf(real);
  return {
    provider: slurmProvider(gate, { installation: 'trawl-one' }),
    installation: 'trawl-one',
    neighbour: slurmProvider(gate, { installation: 'trawl-two' }),
    request: waitingWorkers(),
    losingAnswer: async (work) => {
      const held = await real.faults.holdSbatchReply(1);
      try {
        return await work();
      } finally {
        await held.release();
      }
    },
    unreachable: async (work) => {
      await real.faults.stopSshd();
      try {
        return await work();
      } finally {
        await real.faults.startSshd();
      }
    },
  };
});

gateContract('over SSH, on a real cluster', async () => gateOf(await cluster()));

gateContract(
  'over Systems Manager, on the same cluster',
  async () => {
    const { head, root } = await cluster();
    ssm = await startSsmWorld({ user: head.user, root });
    return ssm.gate();
  },
  3,
);

clusterSetupContract('on the same cluster', cluster, join(scratch, 'lib'));
