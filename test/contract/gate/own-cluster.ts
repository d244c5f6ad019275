import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSshKey } from '../../../layers/adapters/bridge/new-ssh-key';
import { sshGate } from '../../../layers/adapters/bridge/ssh-gate';
import type { SshTimes } from '../../../layers/adapters/bridge/ssh-round-trip';
import type { Gate } from '../../../layers/core/ports/outside';
import { startCluster, type Cluster, type ClusterOptions } from '../../world/cluster/cluster';
import { mustRun } from '../../world/cluster/config';
import type { KitInstaller } from '../../world/cluster/head';

const SLURM = join(__dirname, '..', '..', '..', 'slurm');

/** The product's kit with stand-ins for Nextflow's jars and the tools, for suites in which no job needs them. */
export function kitWithoutNextflow(lib: string): KitInstaller {
  return async (root) => {
    mkdirSync(lib, { recursive: true });
    const pom = readFileSync(join(SLURM, 'nextflow/pom.xml'), 'utf8');
    const version = /<artifactId>nextflow<\/artifactId>\s*<version>([\d.]+)</.exec(pom)?.[1];
    writeFileSync(join(lib, `nextflow-${version ?? ''}.jar`), '');
    const tools = createHash('sha256').update(readFileSync(join(SLURM, 'worker-kit/tools.txt')));
    writeFileSync(join(lib, 'pinned'), tools.digest('hex'));
    await mustRun('bash', [join(SLURM, 'install-kit.sh'), root, '--nextflow-lib', lib, '--tools', lib]);
  };
}

export interface OwnCluster {
  /** Started when it is first asked for. */
  readonly cluster: () => Promise<Cluster>;
  /** The product's way to its gate over SSH. */
  readonly gateOf: (cluster: Cluster, times?: SshTimes) => Gate;
  readonly privateKey: string;
  /** Where the stand-ins of the kit's files lie. */
  readonly kitFiles: string;
  readonly stop: () => Promise<void>;
}

/** A real cluster for the suites of one file; lost replies take four seconds. `more`: how it differs. Its partition `work` takes jobs and starts none, `data` starts them. */
export function ownCluster(more: Pick<ClusterOptions, 'isEnforced'> = {}): OwnCluster {
  const scratch = mkdtempSync(join(tmpdir(), 'trawl-provider-'));
  const kitFiles = join(scratch, 'lib');
  const { private: privateKey, public: publicKey } = newSshKey('test');
  const start = async (): Promise<Cluster> => {
    const own = { stateDir: join(scratch, 'cluster'), kit: kitWithoutNextflow(kitFiles), messageTimeoutSeconds: 4 };
    const started = await startCluster({ ...own, ...more });
    started.authorize(publicKey);
    await started.run('scontrol', ['update', 'PartitionName=work', 'State=DOWN']);
    return started;
  };
  let starting: Promise<Cluster> | undefined;
  return {
    cluster: () => (starting ??= start()),
    gateOf: ({ head }, times) => sshGate(head, async () => privateKey, times),
    privateKey,
    kitFiles,
    stop: async () => {
      await (await starting)?.stop();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}
