import { join } from 'node:path';
import { pipelineRevision } from '../infra/build/pipeline-revision';
import type { Config } from '../infra/config';
import { ssmSecrets } from '../layers/adapters/aws/secrets';
import { clusterGate } from '../layers/adapters/bridge/cluster-gate';
import { ClusterFacts, judgeCluster, type ClusterLine, type ClusterNeeds } from '../layers/core/dispatch/judge-cluster';
import { judgeLimits } from '../layers/core/dispatch/judge-limits';
import type { Asked } from '../layers/core/ports/outside';
import { CliError } from './errors';
import { stackOutputs } from './initialise';
import { lookAround, type LookOptions } from './look-job';

const PIPELINES = join(__dirname, '..', 'slurm', 'pipelines');

function answerOf<T>(asked: Asked<T>): T {
  if (asked.outcome === 'answered') return asked.answer;
  throw new CliError(`the gate did not answer: ${asked.detail}`, 'docs/cluster.md says what must stand on the head node', 3);
}

/** Asks the gate as the functions do, with the operator's own rights. @throws CliError 3 where it does not answer */
export async function checkCluster(config: Config, look: LookOptions | undefined): Promise<readonly ClusterLine[]> {
  const { installation, cluster, fetch, caps, droplet } = config;
  const isSsm = cluster.transport === 'ssm';
  const setting = isSsm ? { ...cluster, document: `${installation}-gate` } : cluster;
  const bucket = isSsm ? (await stackOutputs(installation)).bucketName : '';
  const gate = clusterGate({ CLUSTER: setting, SSH_KEY_PARAMETER: `/trawl/${installation}/ssh-key`, BUCKET_NAME: bucket }, ssmSecrets());
  const facts = ClusterFacts.parse(answerOf(await gate.capabilities()));
  const { freeBytes } = answerOf(await gate.disk());
  const needs: ClusterNeeds = {
    partition: cluster.partition,
    dataPartition: cluster.dataPartition,
    resources: fetch.resources,
    pipelines: { fetch: pipelineRevision(join(PIPELINES, 'fetch')) },
    homeFreeBytesMin: caps.homeFreeBytesMin,
    pulls: droplet !== undefined,
    account: cluster.account,
    qos: cluster.qos,
    jobs: caps.providers.slurm,
    tasks: cluster.tasks?.queueSize,
    tasksAtOnce: cluster.tasks?.atOnce,
  };
  const looked = look === undefined ? [] : await lookAround(gate, config, look);
  return [...judgeCluster(facts, freeBytes, needs), ...judgeLimits(facts, needs), ...looked];
}
