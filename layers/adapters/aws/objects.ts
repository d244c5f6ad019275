import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3ServiceException,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { z } from 'zod';
import { ObjectMissingError } from '../../core/errors';
import type { ObjectStore } from '../../core/ports/outside';
import { s3Client } from './clients';
import { ObjectsNotRemovedError } from '../../core/errors';
import { chunksOf } from '../../core/use-cases/chunks';
import { listObjects } from './list-objects';

/** Without the right to list the bucket, S3 says 403 of an object that is not there: the function needs `s3:ListBucket`. */
const isMissing = (error: unknown): boolean =>
  error instanceof S3ServiceException &&
  (error.name === 'NoSuchKey' || error.name === 'NotFound' || error.$metadata.httpStatusCode === 404);

/** S3's own limit of one request. */
const MOST_REMOVED = 1_000;

/** Where the objects are. */
interface Place {
  readonly client: S3Client;
  readonly bucket: string;
}

const open = async ({ client, bucket }: Place, key: string): Promise<Readable | undefined> => {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body instanceof Readable ? Body : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

const openExisting = async (place: Place, key: string): Promise<Readable> => {
  const body = await open(place, key);
  if (body === undefined) throw new ObjectMissingError(key);
  return body;
};

async function remove({ client, bucket }: Place, keys: readonly string[]): Promise<void> {
  for (const some of chunksOf(keys, MOST_REMOVED)) {
    const Objects = some.map((Key) => ({ Key }));
    const { Errors: [first] = [] } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
    if (first !== undefined) throw new ObjectsNotRemovedError(first.Key ?? '', first.Message ?? first.Code ?? 'no reason given');
  }
}

/**
 * Objects of one bucket. Writing twice is safe: an object is replaced whole.
 * @throws ObjectMissingError from `readLines` and `download`
 */
export const s3Objects = (bucket: string, client: S3Client = s3Client()): ObjectStore => {
  const place = { client, bucket };
  return {
    getJson: async <T>(key: string, schema: z.ZodType<T>): Promise<T | undefined> => {
      const body = await open(place, key);
      return body === undefined ? undefined : schema.parse(JSON.parse(await text(body)));
    },
    putJson: async (key, value) => {
      const body = JSON.stringify(value);
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' }));
    },
    exists: async (key) => {
      try {
        await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },
    list: (prefix) => listObjects(client, bucket, prefix),
    remove: (keys) => remove(place, keys),
    async *readLines(key) {
      const body = await openExisting(place, key);
      try {
        yield* linesOf(body);
      } finally {
        body.destroy();
      }
    },
    download: async (key, path) => pipeline(await openExisting(place, key), createWriteStream(path)),
    upload: async (path, key, contentType) => {
      const { size } = await stat(path);
      const params = { Bucket: bucket, Key: key, Body: createReadStream(path), ContentType: contentType };
      await new Upload({ client, params }).done();
      return { bytes: size };
    },
  };
};

/** Lines of a UTF-8 stream without their ends; a failing stream fails the iteration, which `readline` alone would end quietly. */
async function* linesOf(body: Readable): AsyncIterable<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
