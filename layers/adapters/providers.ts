import type { Gate, Secrets, WorkerProvider } from '../core/ports/outside';
import type { Stores } from '../core/ports/stores';
import { optional } from '../core/optional';
import type { ClusterSetting } from '../core/settings';
import type { TaskLimits } from '../core/task-limits';
import { digitalOcean } from './digitalocean/client';
import { dropletProvider } from './digitalocean/provider';
import type { DropletSetting } from './digitalocean/setting';
import { siteProvider } from './site/provider';
import { slurmProvider } from './slurm/provider';

export interface ProviderSettings {
  readonly INSTALLATION: string;
  readonly CLUSTER: ClusterSetting;
  readonly DROPLET: DropletSetting;
  readonly DIGITALOCEAN_TOKEN_PARAMETER: string;
}

/** The providers that an installation has, by the name that batches and workers carry. */
export function workerProviders(
  settings: ProviderSettings,
  stores: Pick<Stores, 'workers' | 'jobs'>,
  gate: Gate,
  secrets: Secrets,
): ReadonlyMap<string, WorkerProvider> {
  const { INSTALLATION: installation, CLUSTER: cluster, DROPLET: droplet } = settings;
  const { partition } = cluster;
  const all = [slurmProvider(gate, { installation, partition, tasks: tasksOf(cluster) }), siteProvider(stores, installation)];
  if (droplet !== null) {
    const token = (): Promise<string> => secrets.get(settings.DIGITALOCEAN_TOKEN_PARAMETER);
    all.push(dropletProvider(digitalOcean({ apiUrl: droplet.apiUrl, token }), { installation, ...droplet }));
  }
  return new Map(all.map((provider) => [provider.kind, provider]));
}

/** Tasks go where workers go, unless it is said otherwise. */
const tasksOf = ({ tasks, partition, account, qos }: ClusterSetting): TaskLimits | undefined =>
  // Who dispatches holds to what all may have together, and no worker is told. JSON leaves out what is undefined.
  tasks && { ...optional('partition', partition), ...optional('account', account), ...optional('qos', qos), ...tasks, atOnce: undefined };
