import { slurmProvider } from '../../layers/adapters/slurm/provider';
import { clusterSetupContract } from './gate/cluster-setup';
import { ownCluster } from './gate/own-cluster';
import { startSsmWorld, type SsmWorld } from './gate/ssm-world';
import { gateContract } from './gate/suite';
import { workerProviderContract } from './worker-provider';
import { waitingWorkers } from './worker-provider-requests';

/** One cluster for all suites. */
const own = ownCluster();
const { cluster, gateOf } = own;
let ssm: SsmWorld | undefined;
afterAll(async () => {
  await ssm?.stop();
  await own.stop();
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

clusterSetupContract('on the same cluster', cluster, own.kitFiles);
