import { join } from 'node:path';
import { pipelineRevision } from '../infra/build/pipeline-revision';
import type { Config } from '../infra/config';
import { ssmSecrets } from '../layers/adapters/aws/secrets';
import { clusterGate } from '../layers/adapters/bridge/cluster-gate';
import { ClusterFacts, judgeCluster, type ClusterLine } from '../layers/core/dispatch/judge-cluster';
import type { Asked } from '../layers/core/ports/outside';
import { CliError } from './errors';
import { stackOutputs } from './initialise';

const PIPELINES = join(__dirname, '..', 'slurm', 'pipelines');

function answerOf<T>(asked: Asked<T>): T {
  if (asked.outcome === 'answered') return asked.answer;
  throw new CliError(`the gate did not answer: ${asked.detail}`, 'docs/cluster.md says what must stand on the head node', 3);
}

/** Asks the gate as the functions do, with the operator's own rights. @throws CliError 3 where it does not answer */
export async function checkCluster({ installation, cluster, fetch, caps, droplet }: Config): Promise<readonly ClusterLine[]> {
  const isSsm = cluster.transport === 'ssm';
  const setting = isSsm ? { ...cluster, document: `${installation}-gate` } : cluster;
  const bucket = isSsm ? (await stackOutputs(installation)).bucketName : '';
  const gate = clusterGate({ CLUSTER: setting, SSH_KEY_PARAMETER: `/trawl/${installation}/ssh-key`, BUCKET_NAME: bucket }, ssmSecrets());
  const facts = ClusterFacts.parse(answerOf(await gate.capabilities()));
  const { freeBytes } = answerOf(await gate.disk());
  return judgeCluster(facts, freeBytes, {
    partition: cluster.partition,
    dataPartition: cluster.dataPartition,
    resources: fetch.resources,
    pipelines: { fetch: pipelineRevision(join(PIPELINES, 'fetch')) },
    homeFreeBytesMin: caps.homeFreeBytesMin,
    pulls: droplet !== undefined,
  });
}
