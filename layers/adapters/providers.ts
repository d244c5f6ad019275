import type { Gate, Secrets, WorkerProvider } from '../core/ports/outside';
import type { ClusterSetting } from '../core/settings';
import { digitalOcean } from './digitalocean/client';
import { dropletProvider } from './digitalocean/provider';
import type { DropletSetting } from './digitalocean/setting';
import { slurmProvider } from './slurm/provider';

export interface ProviderSettings {
  readonly INSTALLATION: string;
  readonly CLUSTER: ClusterSetting;
  readonly DROPLET: DropletSetting;
  readonly DIGITALOCEAN_TOKEN_PARAMETER: string;
}

/** The providers that an installation has, by the name that batches and workers carry. */
export function workerProviders(settings: ProviderSettings, gate: Gate, secrets: Secrets): ReadonlyMap<string, WorkerProvider> {
  const { INSTALLATION: installation, CLUSTER: cluster, DROPLET: droplet } = settings;
  const all = [slurmProvider(gate, { installation, partition: cluster.partition })];
  if (droplet !== null) {
    const token = (): Promise<string> => secrets.get(settings.DIGITALOCEAN_TOKEN_PARAMETER);
    all.push(dropletProvider(digitalOcean({ apiUrl: droplet.apiUrl, token }), { installation, ...droplet }));
  }
  return new Map(all.map((provider) => [provider.kind, provider]));
}
