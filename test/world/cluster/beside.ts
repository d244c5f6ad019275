import { resolve } from 'node:path';
import { attachCluster, type Cluster } from './cluster';
import { authorize, productKit, writeGateConfig } from './head';
import { loadState } from './state';

/** The same Slurm and the same head node with a storage root of its own: what a second installation on one cluster is given. */
export async function clusterUnder(stateDir: string, name: string, cacheDir: string): Promise<Cluster> {
  const [cluster, first] = [attachCluster(stateDir), loadState(resolve(stateDir))];
  if (first === undefined) throw new Error(`no cluster was started in ${stateDir}`);
  const state = { ...first, root: `${first.root}-${name}` };
  await productKit(cacheDir)(state.root);
  writeGateConfig(state);
  return { ...cluster, root: state.root, authorize: (publicKeyLine) => authorize(state, publicKeyLine) };
}
