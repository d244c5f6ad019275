import type { Cluster } from '../cluster/cluster';

/** Port *discard*: nothing listens there on a machine of today. */
const NOBODY = {
  host: '127.0.0.1',
  port: 9,
  user: 'nobody',
  hostKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleExam',
};

function none(): never {
  throw new Error('this installation was started without a cluster');
}

/** In the place of the cluster of an installation that dispatches nothing: nobody answers there, and a test that asks something of it fails. */
export const withoutCluster = (root: string): Cluster => ({
  head: NOBODY,
  root,
  get slurmConf() {
    return none();
  },
  get environment() {
    return none();
  },
  get faults() {
    return none();
  },
  authorize: () => undefined,
  run: none,
  processes: () => [],
  stop: () => Promise.resolve(),
});
