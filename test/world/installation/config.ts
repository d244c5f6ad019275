import type { Cluster } from '../cluster/cluster';

export interface ConfigOptions {
  readonly installation: string;
  readonly cluster: Pick<Cluster, 'head' | 'root'>;
  readonly enaUrl: string;
  readonly recheckSeconds: number;
  /** The bridge goes over Systems Manager, to this node at this endpoint, instead of SSH. */
  readonly ssm?: { readonly node: string; readonly url: string };
  /** With a provider of droplets beside the cluster. */
  readonly droplets?: { readonly apiUrl: string; readonly kitFile: string; readonly settings?: Readonly<Record<string, unknown>> };
  /** Fields laid over the defaults below, by name at the top level. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

const wayTo = ({ cluster: { head }, ssm }: ConfigOptions): object =>
  ssm ? { transport: 'ssm', host: ssm.node, user: head.user, endpointUrl: ssm.url } : head;

/** The configuration file of a local installation: the same fields as infra/config/example.json, with small numbers. */
export const localConfig = (options: ConfigOptions): Readonly<Record<string, unknown>> => ({
  installation: options.installation,
  region: 'eu-west-2',
  ena: {
    portalUrl: `${options.enaUrl}/ena/portal/api`,
    taxonomyUrl: `${options.enaUrl}/ena/taxonomy/rest`,
    fileBaseUrl: options.enaUrl,
  },
  cluster: { ...wayTo(options), root: options.cluster.root, partition: 'work', dataPartition: 'data', umask: '0027' },
  caps: {
    total: 4,
    pools: { scheduled: 4, manual: 2 },
    providers: options.droplets ? { slurm: 4, droplet: 3 } : { slurm: 4 },
    homeFreeBytesMin: 1_000_000_000,
    cyclesAtOnce: 3,
  },
  batch: { maxBytes: 60_000_000, maxRuns: 12 },
  limits: { runs: 1_000, bytes: 1_000_000_000_000, dollars: 100 },
  recheckSeconds: options.recheckSeconds,
  reapEveryMinutes: 1,
  startDeadlineSeconds: 600,
  fetch: { resources: { cpus: 1, memoryMb: 900, timeMinutes: 30 }, parameters: {} },
  ...(options.droplets && {
    droplet: {
      apiUrl: options.droplets.apiUrl,
      kitFile: options.droplets.kitFile,
      regions: ['lon1', 'fra1'],
      startDeadlineSeconds: 60,
      ...options.droplets.settings,
    },
  }),
  ...options.overrides,
});
