import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { z } from 'zod';
import type { Gate } from '../../core/ports/outside';
import { gateOver, type Verb } from './gate-over';
import type { RoundTrip } from './round-trip';
import { ssmRoundTrip, SSM_TIMES, type SsmTarget, type SsmTimes } from './ssm-round-trip';

/** Where a request or an answer lies that is too long for the command itself. */
export interface SsmStore {
  readonly client: S3Client;
  readonly bucket: string;
  /** Links for the gate, which has no rights of its own. */
  readonly getLink: (key: string) => Promise<string>;
  readonly putLink: (key: string) => Promise<string>;
  readonly newId: () => string;
}

/** Packed. A longer one goes through the bucket: parameters and document together may have 64 KB, and base64 takes a third. */
const INLINE_LIMIT_BYTES = 40_000;
/** Above any answer of the gate, unpacked. */
const ANSWER_LIMIT_BYTES = 48 * 1024 * 1024;

const pack = promisify(deflate);
const unpack = promisify(inflate) as (packed: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What the gate says in the place of an answer above what a command's output keeps (24,000 characters). */
const Stored = z.strictObject({ gate: z.literal(1), stored: z.object({ sha256: z.string(), bytes: z.number().int() }) });

/**
 * The gate over Systems Manager: the installation's own document on the head node, one base64 parameter. Long requests and answers go through
 * `bridge/` of the bucket, packed, by links of a few minutes, and are believed by their sha256 alone. So does each submit: it may hold a job's
 * enrolment token, and who may read commands may read their parameters for thirty days. A request is removed once its command has ended, and
 * its link leads nowhere then; one that comes later finds nothing and does nothing.
 */
export function ssmGate(client: SSMClient, target: SsmTarget, store: SsmStore, times: SsmTimes = SSM_TIMES): Gate {
  return gateOver(async (verb, request) => {
    const name = `bridge/${store.newId()}`;
    let envelope: Envelope;
    try {
      envelope = await envelopeOf({ v: 1, verb, answerTo: await store.putLink(`${name}.answer`) }, request, `${name}.request`, store);
    } catch (error) {
      return { outcome: 'not-sent', reason: 'unreachable', detail: `the request could not be stored: ${wordsOf(error)}` };
    }
    const trip = await ssmRoundTrip(client, target, `trawl ${verb}`, envelope.bytes.toString('base64'), times);
    if (envelope.storedAt !== undefined) await forget(envelope.storedAt, store);
    return trip.outcome === 'answered' ? fetched(trip.text, `${name}.answer`, store) : trip;
  });
}

interface Envelope {
  /** What the parameter holds, packed. */
  readonly bytes: Buffer;
  /** Key of the request, where it is not in the parameter itself. */
  readonly storedAt?: string;
}

/** The request itself, or where it lies. */
async function envelopeOf(
  head: { readonly v: 1; readonly verb: Verb; readonly answerTo: string },
  request: string,
  key: string,
  store: SsmStore,
): Promise<Envelope> {
  const whole = await pack(JSON.stringify({ ...head, request }));
  if (head.verb !== 'submit' && whole.length <= INLINE_LIMIT_BYTES) return { bytes: whole };
  const packed = await pack(request);
  await store.client.send(new PutObjectCommand({ Bucket: store.bucket, Key: key, Body: packed }));
  const url = await store.getLink(key);
  const place = { url, sha256: sha256(packed), bytes: packed.length };
  return { bytes: await pack(JSON.stringify({ ...head, requestFrom: place })), storedAt: key };
}

/** Where this fails the bucket forgets it after a day, and the link after minutes. */
async function forget(key: string, store: SsmStore): Promise<void> {
  await store.client.send(new DeleteObjectCommand({ Bucket: store.bucket, Key: key })).catch(() => undefined);
}

/** The answer itself, where the gate had to store it. The gate was asked by then, so a failure here is *unknown*. */
async function fetched(text: string, key: string, store: SsmStore): Promise<RoundTrip> {
  const stored = storedIn(text);
  if (!stored) return { outcome: 'answered', text };
  try {
    const { Body } = await store.client.send(new GetObjectCommand({ Bucket: store.bucket, Key: key }));
    const packed = Body instanceof Readable ? await buffer(Body) : Buffer.alloc(0);
    if (packed.length !== stored.bytes || sha256(packed) !== stored.sha256) throw new Error('it is not the one that the gate stored');
    return { outcome: 'answered', text: (await unpack(packed, { maxOutputLength: ANSWER_LIMIT_BYTES })).toString('utf8') };
  } catch (error) {
    return { outcome: 'unknown', detail: `the answer could not be read from ${key}: ${wordsOf(error)}` };
  }
}

function storedIn(text: string): z.infer<typeof Stored>['stored'] | undefined {
  if (!text.startsWith('{"gate": 1, "stored"')) return undefined;
  try {
    return Stored.safeParse(JSON.parse(text)).data?.stored;
  } catch {
    return undefined;
  }
}
