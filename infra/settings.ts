import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Fn } from 'aws-cdk-lib';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installationFilters } from '../layers/core/filters/defaults';
import { DROPLET_SIZES } from '../layers/core/planning/estimate-costs';
import { MACHINE_NAMES } from '../layers/core/ports/outside';
import type { Stage } from '../layers/core/wire';
import { functionNames } from './build/bundle-functions';
import { pipelineRevision } from './build/pipeline-revision';
import type { Config } from './config';
import type { WorkerKit } from './constructs/worker-kit';
import { gateDocumentName, machineArn, parameterName, physicalName } from './names';

/**
 * What the results of *fetch* are told apart by: ENA's own files, whichever code brought them. The content hash that its pipeline had at first; another one only when something
 * else is to be published, since then every run of every installation is due again (ADR 0022).
 */
const FETCH_REVISION = '4ba268964e91';

/** The one built-in workflow: fetch, its pipeline pinned by the content hash of its folder. */
export function workflowOf(config: Config, projectRoot: string): readonly Stage[] {
  const pipeline = 'fetch';
  const pinned = pipelineRevision(join(projectRoot, 'slurm', 'pipelines', pipeline));
  const { parameters, resources } = config.fetch;
  return [{ name: 'fetch', pipeline, revision: FETCH_REVISION, pinned, parameters, resources }];
}

/** Every pipeline of the kit with its revision. */
export function pipelinesOf(projectRoot: string): Readonly<Record<string, string>> {
  const folder = join(projectRoot, 'slurm', 'pipelines');
  return Object.fromEntries(readdirSync(folder).map((name) => [name, pipelineRevision(join(folder, name))]));
}

/** What a droplet holds follows from the price that one may have, as of the list of sizes that ships with Trawl. */
export function workerDisksOf({ batch, droplet }: Pick<Config, 'batch' | 'droplet'>): Readonly<Record<string, number>> {
  const largest = droplet && DROPLET_SIZES.findLast(({ dollarsPerHour }) => dollarsPerHour <= droplet.maxDollarsPerHour);
  const { slurm, droplet: said = largest?.diskGb } = batch.workerDiskGb;
  return { ...(slurm !== undefined && { slurm }), ...(said !== undefined && { droplet: said }) };
}

/** What the bridge must know: over Systems Manager also its document, whose name is fixed by the installation. */
const clusterOf = ({ installation, cluster }: Config): object =>
  cluster.transport === 'ssm' ? { ...cluster, document: gateDocumentName(installation) } : cluster;

/** Every environment variable that any function may ask for in its env.ts; each function is given only those it names. */
export function settingsOf(
  config: Config,
  projectRoot: string,
  table: TableV2,
  bucket: Bucket,
  kit?: Pick<WorkerKit, 'setting'>,
): Readonly<Record<string, string>> {
  return {
    TABLE_NAME: table.tableName,
    BUCKET_NAME: bucket.bucketName,
    INSTALLATION: config.installation,
    MASTER_SECRET_NAME: parameterName(config.installation, 'master'),
    SSH_KEY_PARAMETER: parameterName(config.installation, 'ssh-key'),
    BASE_URL_PARAMETER: parameterName(config.installation, 'base-url'),
    ENA_PORTAL_URL: config.ena.portalUrl,
    ENA_TAXONOMY_URL: config.ena.taxonomyUrl,
    ENA_FILE_BASE_URL: config.ena.fileBaseUrl,
    LISTING: JSON.stringify(config.listing),
    FILTER_DEFAULTS: JSON.stringify(installationFilters(config.filters)),
    CLUSTER: JSON.stringify(clusterOf(config)),
    DROPLET: JSON.stringify(config.droplet === undefined ? null : { ...config.droplet, kitFile: undefined }),
    DIGITALOCEAN_TOKEN_PARAMETER: parameterName(config.installation, 'digitalocean-token'),
    KIT: kit?.setting ?? 'null',
    LEASE_SECONDS: String(config.site.leaseSeconds),
    CAPS: JSON.stringify({ ...config.caps, tasks: config.cluster.tasks }),
    RETENTION: JSON.stringify(config.retention),
    BUDGET: JSON.stringify(config.budget),
    VERIFY: JSON.stringify(config.verify),
    BATCH: JSON.stringify({ ...config.batch, workerDiskGb: workerDisksOf(config) }),
    WORKFLOW: JSON.stringify(workflowOf(config, projectRoot)),
    PIPELINES: JSON.stringify(pipelinesOf(projectRoot)),
    SOURCE_DEFAULTS: JSON.stringify({ limits: config.limits, recheckSeconds: config.recheckSeconds }),
    HOLD_SECONDS: String(config.holdHours * 3600),
    FUNCTIONS: JSON.stringify(functionNames(projectRoot).map((name) => physicalName(config.installation, name))),
    LONG_PENDING_SECONDS: String(config.longPendingHours * 3600),
    START_DEADLINE_SECONDS: String(config.startDeadlineSeconds),
    // Not JSON.stringify: the ARNs hold tokens of CloudFormation.
    MACHINES: Fn.join('', ['{', MACHINE_NAMES.map((name) => `"${name}":"${machineArn(config.installation, name)}"`).join(','), '}']),
  };
}
