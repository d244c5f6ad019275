import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { randomUUID } from 'node:crypto';
import { gateDocument, type GatePlace } from '../../../infra/gate-document';
import { s3GetLinks, s3PutLinks } from '../../../layers/adapters/aws/links';
import { ssmGate } from '../../../layers/adapters/bridge/ssm-gate';
import { SSM_TIMES, type SsmTimes } from '../../../layers/adapters/bridge/ssm-round-trip';
import type { Gate } from '../../../layers/core/ports/outside';
import { REGION } from '../../world/aws/emulator';
import { startSsm, type SsmStandIn } from '../../world/ssm/server';
import { ownEmulator, reaching } from '../stores/table';

const TARGET = { node: 'mi-0123456789abcdef0', document: 'trawl-gate' };
const BUCKET = 'trawl';

export interface SsmWorld {
  readonly ssm: SsmStandIn;
  gate(times?: SsmTimes): Gate;
  /** The same, of a node that is not managed, or by a document that does not exist. */
  elsewhere(target: Partial<typeof TARGET>): Gate;
  stop(): Promise<void>;
}

/** Systems Manager in front of MiniStack, with the product's own document for this place; the node is this machine. */
export async function startSsmWorld(place: GatePlace): Promise<SsmWorld> {
  const { emulator, stop } = await ownEmulator('ministack');
  const documents = { [TARGET.document]: gateDocument(place) };
  const ssm = await startSsm({ node: TARGET.node, emulator: emulator.endpoint, documents });
  const client = new S3Client({ ...reaching(emulator), requestChecksumCalculation: 'WHEN_REQUIRED' });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } }));
  const links = s3PutLinks(BUCKET, client);
  const store = {
    client,
    bucket: BUCKET,
    getLink: s3GetLinks(BUCKET, client),
    putLink: (key: string) => links.put(key),
    newId: randomUUID,
  };
  const caller = new SSMClient({ ...reaching(emulator), endpoint: ssm.url, maxAttempts: 1 });
  return {
    ssm,
    gate: (times = SSM_TIMES) => ssmGate(caller, TARGET, store, times),
    elsewhere: (target) => ssmGate(caller, { ...TARGET, ...target }, store, SSM_TIMES),
    stop: async () => {
      await ssm.stop();
      await stop();
    },
  };
}
