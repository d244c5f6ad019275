/** One suite for the life of a batch over every way to where it is worked on, with the real Slurm, gate, agent, site program and Nextflow. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSshKey } from '../../../layers/adapters/bridge/new-ssh-key';
import { sshGate } from '../../../layers/adapters/bridge/ssh-gate';
import { startCluster, type Cluster } from '../../world/cluster/cluster';
import { CACHE_DIR } from '../../world/installation/installation';
import { startSsmWorld, type SsmWorld } from '../gate/ssm-world';
import { batchLifeContract } from './suite';
import { claimed, submitted } from './ways';

jest.setTimeout(300_000);
const scratch = mkdtempSync(join(tmpdir(), 'trawl-life-'));
const key = newSshKey('test');
let starting: Promise<Cluster> | undefined;
let ssm: SsmWorld | undefined;

const cluster = (): Promise<Cluster> =>
  (starting ??= startCluster({ stateDir: join(scratch, 'cluster'), cacheDir: CACHE_DIR }).then((started) => {
    started.authorize(key.public);
    return started;
  }));
const overSsh = async () => sshGate((await cluster()).head, async () => key.private);
const overSsm = async () => {
  const { head, root } = await cluster();
  ssm = await startSsmWorld({ user: head.user, root });
  return ssm.gate();
};
let ssmGate: ReturnType<typeof overSsm> | undefined;

afterAll(async () => {
  await ssm?.stop();
  await (await starting)?.stop();
  rmSync(scratch, { recursive: true, force: true });
}, 60_000);

batchLifeContract(submitted('submitted over SSH', cluster, overSsh), 1_100, cluster);
batchLifeContract(
  submitted('submitted over Systems Manager', cluster, () => (ssmGate ??= overSsm())),
  1_200,
  cluster,
);
batchLifeContract(claimed(scratch, cluster, overSsh), 1_300, cluster);
