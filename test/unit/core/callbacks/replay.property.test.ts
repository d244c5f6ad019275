import fc from 'fast-check';
import { decideCallback, orderFor, type ReceivedCallback } from '../../../../layers/core/callbacks/decide';
import { attemptKeyOf } from '../../../../layers/core/callbacks/keys';
import type { Job } from '../../../../layers/core/entities';
import { envelope, JOB, MASTER, received, runJob } from './messages';

/** What the use cases make of a decision, as far as the rule itself looks at it. */
const apply = (job: Job, message: ReceivedCallback): { readonly job: Job; readonly accepted: boolean } => {
  const decision = decideCallback(job, message, MASTER);
  if (decision.action === 'heard') return { job: { ...job, status: 'started', lastSeq: decision.envelope.seq }, accepted: true };
  if (decision.action === 'report')
    return { job: { ...job, status: decision.report.result, lastSeq: Math.max(job.lastSeq, decision.envelope.seq) }, accepted: true };
  return { job, accepted: false };
};

const life = (length: number, end: 'finished' | 'failed'): readonly object[] => [
  envelope('started', 1),
  ...Array.from({ length }, (_, at) => envelope(at % 2 === 0 ? 'progress' : 'alive', at + 2)),
  envelope(end, length + 2),
];
const ends = fc.constantFrom('finished' as const, 'failed' as const);

test('whatever the order and however often messages come, the job ends as it said, and once', () => {
  const orders = fc.tuple(fc.integer({ min: 0, max: 8 }), ends).chain(([length, end]) =>
    fc
      .record({
        end: fc.constant(end),
        messages: fc
          .array(fc.constantFrom(...life(length, end)), { minLength: 1, maxLength: 20 })
          .map((some) => [...some, ...life(length, end)]),
      })
      .chain(({ end: last, messages }) =>
        fc.record({ end: fc.constant(last), messages: fc.shuffledSubarray(messages, { minLength: messages.length }) }),
      ),
  );
  fc.assert(
    fc.property(orders, ({ end, messages }) => {
      let job = runJob();
      let reports = 0;
      for (const message of messages) {
        const before = job.status;
        job = apply(job, received(message)).job;
        if (before !== job.status && (job.status === 'finished' || job.status === 'failed')) reports += 1;
      }
      expect({ status: job.status, reports, order: orderFor(job) }).toEqual({ status: end, reports: 1, order: 'stop' });
    }),
    { numRuns: 500 },
  );
});

test('messages that come in order are all accepted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), ends, (length, end) => {
      let job = runJob();
      for (const message of life(length, end)) {
        const applied = apply(job, received(message));
        expect(applied.accepted).toBe(true);
        job = applied.job;
      }
    }),
    { numRuns: 200 },
  );
});

test('ten thousand forgeries change nothing', () => {
  const forged: fc.Arbitrary<ReceivedCallback> = fc
    .record({
      message: fc.constantFrom(...life(3, 'finished')),
      how: fc.constantFrom(
        'other-key',
        'other-attempt-key',
        'other-scope-key',
        'other-path',
        'changed-body',
        'changed-signature',
        'no-signature',
      ),
      at: fc.nat(10_000),
      byte: fc.integer({ min: 1, max: 255 }),
      key: fc.string({ minLength: 1 }),
    })
    .map(({ message, how, at, byte, key }) => {
      const good = received(message);
      if (how === 'other-key') return received(message, { key });
      if (how === 'other-attempt-key') return received(message, { key: attemptKeyOf(MASTER, JOB, 2) });
      if (how === 'other-scope-key') return received(message, { key: attemptKeyOf(MASTER, 'study-PRJEB1.1.2.a1.fetch', 1) });
      if (how === 'other-path') return received(message, { path: `/callbacks/${JOB}.x` });
      if (how === 'no-signature') return { ...good, signature: undefined };
      const target = how === 'changed-body' ? Buffer.from(good.rawBody) : Buffer.from(good.signature ?? '');
      target[at % target.length] = (target[at % target.length] ?? 0) ^ byte;
      return how === 'changed-body' ? { ...good, rawBody: target } : { ...good, signature: target.toString('latin1') };
    });
  fc.assert(
    fc.property(forged, (message) => {
      const decision = decideCallback(runJob({ status: 'started', lastSeq: 0 }), message, MASTER);
      expect(decision).toMatchObject({ action: 'refuse', status: 401 });
    }),
    { numRuns: 10_000 },
  );
});

test('whoever holds the key of another attempt moves nothing of this one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(...life(3, 'failed')),
      (older, newer, message) => {
        fc.pre(older !== newer);
        const decision = decideCallback(runJob({ attempt: newer, status: 'started' }), received({ ...message, attempt: older }), MASTER);
        expect(decision).toMatchObject({ action: 'refuse', status: 409 });
      },
    ),
    { numRuns: 500 },
  );
});
