import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { PutLinks } from '../../core/ports/outside';
import { MD5_METADATA } from './list-objects';

/** A link dies with the session of the role that made it, an hour at the latest: whoever needs longer asks again. */
const LINK_SECONDS = 900;
const LIVES = { expiresIn: LINK_SECONDS };

/** Where the worker kit lies, and what it must be. */
export interface KitPlace {
  readonly bucket: string;
  readonly key: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Without a checksum in the link: AWS would hold every body against it. */
const plainClient = (): S3Client => new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' });

/** Presigned links under which anyone may read objects of one bucket for a short while. */
export const s3GetLinks =
  (bucket: string, client = plainClient()) =>
  (key: string): Promise<string> =>
    getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: key }), LIVES);

/** What `POST /callbacks/enrol` hands out: the job's document and, where there is one, the worker kit. */
export function kitLinks(bucket: string, kit: KitPlace | null, client = plainClient()) {
  const get = (from: string, key: string): Promise<string> => getSignedUrl(client, new GetObjectCommand({ Bucket: from, Key: key }), LIVES);
  return async (documentKey: string): Promise<Readonly<Record<string, unknown>>> => {
    const spec = { url: await get(bucket, documentKey) };
    return kit === null ? { spec } : { spec, kit: { url: await get(kit.bucket, kit.key), sha256: kit.sha256, bytes: kit.bytes } };
  };
}

/** S3's words for parts that are not as they were said to be, and for an upload that is over, one way or the other. */
const NOT_WHOLE = ['NoSuchUpload', 'InvalidPart', 'InvalidPartOrder', 'EntityTooSmall'];

/** Presigned links for plain HTTP clients, of one bucket. */
export function s3PutLinks(bucket: string, client = plainClient()): PutLinks {
  const at = (key: string) => ({ Bucket: bucket, Key: key });
  return {
    put: (key) => getSignedUrl(client, new PutObjectCommand(at(key)), LIVES),
    begin: async (key, md5) => {
      const { UploadId: id } = await client.send(new CreateMultipartUploadCommand({ ...at(key), Metadata: { [MD5_METADATA]: md5 } }));
      if (id === undefined) throw new Error(`S3 began no upload of ${key}`);
      return id;
    },
    part: (key, uploadId, part) => getSignedUrl(client, new UploadPartCommand({ ...at(key), UploadId: uploadId, PartNumber: part }), LIVES),
    complete: async (key, uploadId, md5s) => {
      const Parts = md5s.map((md5, index) => ({ PartNumber: index + 1, ETag: `"${md5}"` }));
      try {
        await client.send(new CompleteMultipartUploadCommand({ ...at(key), UploadId: uploadId, MultipartUpload: { Parts } }));
        return 'done';
      } catch (error) {
        if (error instanceof S3ServiceException && NOT_WHOLE.includes(error.name)) return 'refused';
        throw error;
      }
    },
  };
}
