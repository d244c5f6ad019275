import { SSMClient } from '@aws-sdk/client-ssm';
import { randomUUID } from 'node:crypto';
import type { Gate, Secrets } from '../../core/ports/outside';
import type { ClusterSetting } from '../../core/settings';
import { s3Client } from '../aws/clients';
import { s3GetLinks, s3PutLinks } from '../aws/links';
import { placedIn } from './placed-in';
import { sshGate } from './ssh-gate';
import { ssmGate } from './ssm-gate';

export interface BridgeSettings {
  readonly CLUSTER: ClusterSetting;
  readonly SSH_KEY_PARAMETER: string;
  readonly BUCKET_NAME: string;
}

/** The gate of this installation's cluster, over the transport that its configuration names. */
export function clusterGate(settings: BridgeSettings, secrets: Secrets): Gate {
  return placedIn(settings.CLUSTER, gateOf(settings, secrets));
}

function gateOf({ CLUSTER: cluster, SSH_KEY_PARAMETER: key, BUCKET_NAME: bucket }: BridgeSettings, secrets: Secrets): Gate {
  if (cluster.transport === 'ssh') return sshGate(cluster, () => secrets.get(key));
  const { host: node, document, endpointUrl } = cluster;
  // A command that is sent twice is two commands: never by the SDK.
  const client = new SSMClient({ maxAttempts: 1, ...(endpointUrl !== undefined && { endpoint: endpointUrl }) });
  const links = s3PutLinks(bucket);
  const store = { client: s3Client(), bucket, getLink: s3GetLinks(bucket), putLink: (of: string) => links.put(of), newId: randomUUID };
  return ssmGate(client, { node, document }, store);
}
