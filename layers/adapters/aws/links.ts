import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

/** A link dies with the session of the role that made it, an hour at the latest: whoever needs longer asks again. */
const LINK_SECONDS = 900;

/** Where the worker kit lies, and what it must be. */
export interface KitPlace {
  readonly bucket: string;
  readonly key: string;
  readonly sha256: string;
  readonly bytes: number;
}
export interface Links {
  readonly get: (bucket: string, key: string) => Promise<string>;
  readonly put: (bucket: string, key: string) => Promise<string>;
}

/** Presigned links for plain HTTP clients. Without a checksum in the link: AWS would hold every body against it. */
export const s3Links = (client = new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' })): Links => ({
  get: (bucket, key) => getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: LINK_SECONDS }),
  put: (bucket, key) => getSignedUrl(client, new PutObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: LINK_SECONDS }),
});

/** What `POST /callbacks/enrol` and `…/links` hand out. */
export const kitLinks = (links: Links, bucket: string, kit: KitPlace | null) => ({
  links: async (documentKey: string): Promise<Readonly<Record<string, unknown>>> => {
    const spec = { url: await links.get(bucket, documentKey) };
    return kit === null ? { spec } : { spec, kit: { url: await links.get(kit.bucket, kit.key), sha256: kit.sha256, bytes: kit.bytes } };
  },
  putLink: (key: string): Promise<string> => links.put(bucket, key),
});
