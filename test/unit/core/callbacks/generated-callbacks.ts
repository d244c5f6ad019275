/** Callbacks as a hostile world sends them, each with what must become of it. */
import fc from 'fast-check';
import type { ReceivedCallback } from '../../../../layers/core/callbacks/decide';
import { attemptKeyOf, signatureOf } from '../../../../layers/core/callbacks/keys';
import { CALLBACK_LIMIT_BYTES } from '../../../../layers/core/wire';
import { envelope, JOB, MASTER, report, WORKER } from './messages';

export const ATTEMPT = 2;
/** Of the same attempt, so under the same key. */
export const SIBLING = `${WORKER}.verify-1`;
export const STRANGER = 'study-PRJEB1.1.2.a1.fetch';
const KEY = attemptKeyOf(MASTER, JOB, ATTEMPT);

/** What the worker itself says; whether it counts depends on what was heard before. */
export interface Genuine {
  readonly truth: 'genuine';
  readonly kind: 'started' | 'alive' | 'progress' | 'finished' | 'failed';
  readonly seq: number;
  readonly received: ReceivedCallback;
}
/** `open` while the job runs, `over` once it ended; in both cases nothing may change. */
export interface Bad {
  readonly truth: 'bad';
  readonly how: string;
  readonly open: object;
  readonly over: object;
  readonly received: ReceivedCallback;
}
export type Sent = Genuine | Bad;

interface Post {
  readonly body: Buffer | string;
  readonly key?: string;
  readonly signedPath?: string;
  readonly jobId?: string;
}
function post({ body, key = KEY, signedPath, jobId = JOB }: Post): ReceivedCallback {
  const [rawBody, path] = [Buffer.from(body), `/callbacks/${jobId}`];
  return { path, jobId, rawBody, signature: signatureOf(key, signedPath ?? path, rawBody) };
}
/** Its progress grows with its number, as that of a real worker does. */
const saying = (kind: Genuine['kind'], seq: number, with_: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify(envelope(kind, seq, { attempt: ATTEMPT, ...(kind === 'progress' ? { body: { runsDone: seq } } : {}), ...with_ }));

const seqs = fc.integer({ min: 1, max: 40 });
const kinds = fc.constantFrom<Genuine['kind']>('started', 'alive', 'progress', 'progress', 'progress');
const ends = fc.constantFrom<Genuine['kind']>('finished', 'failed');
const anyKind = fc.oneof({ arbitrary: kinds, weight: 4 }, { arbitrary: ends, weight: 1 });
/** In any order and any number of times: reordered, repeated, overtaken, and after the end. */
const genuine = (kind: fc.Arbitrary<Genuine['kind']>): fc.Arbitrary<Sent> =>
  fc.tuple(kind, seqs).map(([said, seq]) => ({ truth: 'genuine', kind: said, seq, received: post({ body: saying(said, seq) }) }));

const refusal = (status: number, error?: string): object => ({ status, body: { v: 1, ...(error === undefined ? {} : { error }) } });
const bad = (how: string, answer: object, received: fc.Arbitrary<ReceivedCallback>, over = answer): fc.Arbitrary<Sent> =>
  received.map((one) => ({ truth: 'bad', how, open: answer, over, received: one }));
const message = fc.tuple(anyKind, seqs);

const forged = fc
  .record({ message, how: fc.constantFrom('key', 'path', 'none', 'body', 'signature'), at: fc.nat(5_000), key: fc.string() })
  .map(({ message: [kind, seq], how, at, key }): ReceivedCallback => {
    const body = saying(kind, seq);
    const good = post({ body });
    if (how === 'key') return post({ body, key: `${key}?` });
    if (how === 'path') return post({ body, signedPath: `/callbacks/${SIBLING}` });
    if (how === 'none') return { ...good, signature: undefined };
    const bytes = Buffer.from(how === 'body' ? good.rawBody : (good.signature ?? ''));
    // The lowest bit of a digit or letter: the text stays text, and another one.
    bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1;
    return how === 'body' ? { ...good, rawBody: bytes } : { ...good, signature: bytes.toString() };
  });
const tooLarge = message.map(([kind, seq]) => post({ body: saying(kind, seq, { body: { pad: 'x'.repeat(CALLBACK_LIMIT_BYTES) } }) }));
const malformed = fc
  .oneof(
    fc.constantFrom('', '{', 'null', '[]', '"alive"', '{"v":1}', '\uFFFD', '{"__proto__":{"v":1}}'),
    message.map(([kind, seq]) => saying(kind, seq).slice(0, -1)),
    fc
      .tuple(message, fc.constantFrom({ v: 2 }, { seq: 0 }, { seq: '7' }, { seq: 1.5 }, { kind: 'over' }, { body: [] }, { jobId: '../x' }))
      .map(([[kind, seq], with_]) => saying(kind, seq, with_)),
    fc.json(),
  )
  .map((body) => post({ body }));
const badReport = fc
  .tuple(
    ends,
    seqs,
    fc.constantFrom<object>(
      {},
      { runs: [{ accession: 'x' }] },
      report('finished', { jobId: SIBLING }),
      report('finished', { kind: 'clean' }),
    ),
  )
  .map(([kind, seq, body]) => post({ body: saying(kind, seq, { body }) }));
const ended = { status: 200, body: { accepted: false, reason: 'job-ended' } };

const BAD: readonly fc.Arbitrary<Sent>[] = [
  bad('forged', refusal(401, 'bad-signature'), forged),
  bad(
    'for another job of the attempt',
    refusal(422, 'other-job'),
    fc.tuple(message, fc.constantFrom(SIBLING, STRANGER)).map(([[kind, seq], jobId]) => post({ body: saying(kind, seq, { jobId }) })),
  ),
  bad(
    "to another worker's job",
    refusal(401, 'bad-signature'),
    message.map(([kind, seq]) => post({ body: saying(kind, seq, { jobId: STRANGER, attempt: 1 }), jobId: STRANGER })),
  ),
  bad(
    'to a job that is none',
    refusal(404, 'unknown-job'),
    message.map(([kind, seq]) => post({ body: saying(kind, seq), jobId: `${JOB}x` })),
  ),
  bad(
    'of an older attempt',
    refusal(409, 'other-attempt'),
    message.map(([kind, seq]) => post({ body: saying(kind, seq, { attempt: 1 }), key: attemptKeyOf(MASTER, JOB, 1) })),
  ),
  bad(
    'of this attempt under the key of an older one',
    refusal(401, 'bad-signature'),
    message.map(([kind, seq]) => post({ body: saying(kind, seq), key: attemptKeyOf(MASTER, JOB, 1) })),
  ),
  bad('too large', refusal(413, 'too-large'), tooLarge),
  bad('malformed', refusal(422, 'bad-envelope'), malformed),
  bad('with a report that is none', refusal(422, 'bad-report'), badReport, ended),
];

/** Much that is good, all that is bad, and ends late enough that something comes before them. */
export const sent: fc.Arbitrary<Sent> = fc.oneof(
  { arbitrary: genuine(kinds), weight: 10 },
  { arbitrary: genuine(ends), weight: 1 },
  ...BAD.map((arbitrary) => ({ arbitrary, weight: 1 })),
);
