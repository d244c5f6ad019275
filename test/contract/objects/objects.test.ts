import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { s3Objects } from '../../../layers/adapters/aws/objects';
import { memoryObjects } from '../../../layers/adapters/fakes/objects';
import type { ObjectStore } from '../../../layers/core/ports/outside';
import { REGION } from '../../world/aws/emulator';
import { ownEmulator, reaching } from '../stores/table';
import { objectsContract } from './suite';

const START_TIMEOUT_MS = 300_000;

describe('objects in memory', () => {
  const objects = memoryObjects();
  objectsContract(() => objects);
});

describe.each(['ministack', 'localstack'] as const)('objects in S3 on %s', (kind) => {
  let objects: ObjectStore | undefined;
  let stop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const own = await ownEmulator(kind);
    stop = own.stop;
    const client = new S3Client(reaching(own.emulator));
    await client.send(new CreateBucketCommand({ Bucket: 'trawl', CreateBucketConfiguration: { LocationConstraint: REGION } }));
    objects = s3Objects('trawl', client);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await stop?.();
  });

  objectsContract(() => {
    if (objects === undefined) throw new Error('the emulator did not start');
    return objects;
  });
});
