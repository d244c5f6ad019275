import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { s3PutLinks } from '../../../layers/adapters/aws/links';
import { s3Objects } from '../../../layers/adapters/aws/objects';
import { memoryObjects } from '../../../layers/adapters/fakes/objects';
import { REGION } from '../../world/aws/emulator';
import { ownEmulator, reaching } from '../stores/table';
import { objectsContract, putLinksContract, type PutPlace } from './suite';

const START_TIMEOUT_MS = 300_000;

describe('objects in memory', () => {
  const objects = memoryObjects();
  objectsContract(() => objects);
  putLinksContract(() => ({ objects, links: objects.links, send: objects.send }));
});

/** As a worker does it: a plain client without credentials. */
async function send(url: string, content: Buffer): Promise<string> {
  const response = await fetch(url, { method: 'PUT', body: new Uint8Array(content) });
  if (!response.ok) throw new Error(`PUT: HTTP ${response.status} ${await response.text()}`);
  return (response.headers.get('etag') ?? '').replaceAll('"', '');
}

describe.each(['ministack', 'localstack'] as const)('objects in S3 on %s', (kind) => {
  let place: PutPlace | undefined;
  let stop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const own = await ownEmulator(kind);
    stop = own.stop;
    const client = new S3Client(reaching(own.emulator));
    await client.send(new CreateBucketCommand({ Bucket: 'trawl', CreateBucketConfiguration: { LocationConstraint: REGION } }));
    const plain = new S3Client({ ...reaching(own.emulator), requestChecksumCalculation: 'WHEN_REQUIRED' });
    place = { objects: s3Objects('trawl', client), links: s3PutLinks('trawl', plain), send };
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await stop?.();
  });
  const standing = (): PutPlace => {
    if (place === undefined) throw new Error('the emulator did not start');
    return place;
  };

  objectsContract(() => standing().objects);
  putLinksContract(standing);
});
