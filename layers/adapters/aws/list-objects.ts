import { HeadObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { StoredObject } from '../../core/ports/outside';

/** Metadata that a writer of parts gives before the first; see `links.ts`. */
export const MD5_METADATA = 'md5';

/**
 * Every object below a prefix. An ETag is the md5 of the content where the object was put in one piece into a bucket that S3 encrypts with its own
 * keys; of parts it is a hash of hashes, and what the writer said is asked for.
 */
export async function listObjects(client: S3Client, bucket: string, prefix: string): Promise<readonly StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key: key, Size: bytes = 0, ETag: tag = '', LastModified: modified } of page.Contents ?? []) {
      if (key === undefined) continue;
      const md5 = /^"?([0-9a-f]{32})"?$/.exec(tag)?.[1] ?? (await saidMd5(client, bucket, key));
      found.push({ key, bytes, ...(md5 !== undefined && { md5 }), ...(modified !== undefined && { writtenAt: modified.toISOString() }) });
    }
  }
  return found;
}

async function saidMd5(client: S3Client, bucket: string, key: string): Promise<string | undefined> {
  return (await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).Metadata?.[MD5_METADATA];
}
