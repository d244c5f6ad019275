import { decideCallback, type CallbackDecision } from '../../../../layers/core/callbacks/decide';
import { attemptKeyOf } from '../../../../layers/core/callbacks/keys';
import type { Job } from '../../../../layers/core/entities';
import { envelope, JOB, MASTER, received, report, runJob } from './messages';

interface Case {
  readonly name: string;
  readonly message: object;
  readonly job?: Partial<Job>;
  readonly signing?: Parameters<typeof received>[1];
  readonly expected: Partial<CallbackDecision> & Readonly<Record<string, unknown>>;
}
const started = { status: 'started', lastSeq: 5 } as const;

const cases: readonly Case[] = [
  { name: 'a first started is heard', message: envelope('started', 1), expected: { action: 'heard', order: 'run' } },
  { name: 'a clock that is decades off does not matter', message: envelope('alive', 9), job: started, expected: { action: 'heard' } },
  {
    name: 'progress keeps its numbers and nothing else',
    message: envelope('progress', 9, { body: { done: 3, total: 5, note: 'x', bad: null } }),
    job: started,
    expected: { action: 'heard', progress: { done: 3, total: 5 } },
  },
  {
    name: 'progress of runs, which the agent groups, is kept by flat names',
    message: envelope('progress', 9, { body: { bytes: 7, runs: { total: 5, done: 3, deeper: { x: 1 } }, list: [1] } }),
    job: started,
    expected: { action: 'heard', progress: { bytes: 7, runsTotal: 5, runsDone: 3 } },
  },
  {
    name: 'an order to stop is given',
    message: envelope('alive', 9),
    job: { ...started, stopRequested: true },
    expected: { order: 'stop' },
  },
  {
    name: 'a repeat is acknowledged',
    message: envelope('alive', 5),
    job: started,
    expected: { action: 'acknowledge', reason: 'repeated' },
  },
  { name: 'an old progress is dropped', message: envelope('progress', 2), job: started, expected: { action: 'acknowledge' } },
  {
    name: 'an overtaken started has nothing left to say',
    message: envelope('started', 1),
    job: started,
    expected: { action: 'acknowledge' },
  },
  {
    name: 'an old end is applied all the same',
    message: envelope('finished', 2),
    job: started,
    expected: { action: 'report', order: 'stop' },
  },
  { name: 'an end without a start is applied', message: envelope('failed', 1), expected: { action: 'report' } },
  {
    name: 'a job that is over says stop',
    message: envelope('finished', 9),
    job: { status: 'lost' },
    expected: { action: 'acknowledge', order: 'stop', reason: 'job-ended' },
  },
  {
    name: 'a report of another job is refused',
    message: envelope('finished', 9, { body: report('finished', { jobId: `${JOB}x` }) }),
    job: started,
    expected: { action: 'refuse', status: 422 },
  },
  {
    name: 'a report of another kind is refused',
    message: envelope('finished', 9, { body: report('finished', { kind: 'clean' }) }),
    job: started,
    expected: { status: 422 },
  },
  {
    name: 'a report that contradicts its envelope is refused',
    message: envelope('finished', 9, { body: report('failed') }),
    job: started,
    expected: { status: 422 },
  },
  {
    name: 'a report that is none is refused',
    message: envelope('finished', 9, { body: {} }),
    job: started,
    expected: { status: 422, reason: 'bad-report' },
  },
  {
    name: 'a message of an older attempt is told so',
    message: envelope('alive', 9, { attempt: 1 }),
    job: { ...started, attempt: 2 },
    expected: { status: 409 },
  },
  {
    name: 'the key of an older attempt does not sign for a newer',
    message: envelope('alive', 9, { attempt: 2 }),
    job: { ...started, attempt: 2 },
    signing: { key: attemptKeyOf(MASTER, JOB, 1) },
    expected: { status: 401 },
  },
  {
    name: 'a signature over another path is none',
    message: envelope('alive', 9),
    job: started,
    signing: { path: '/callbacks/other' },
    expected: { status: 401 },
  },
  {
    name: 'a message for another job of the attempt is refused',
    message: envelope('alive', 9, { jobId: 'study-PRJEB1.1.1.a1.verify-1' }),
    job: started,
    expected: { status: 422 },
  },
  {
    name: 'a signed text that is no envelope is refused',
    message: { v: 1 },
    job: started,
    expected: { status: 422, reason: 'bad-envelope' },
  },
  {
    name: 'too large is refused before anything else',
    message: envelope('alive', 9, { body: { x: 'x'.repeat(70_000) } }),
    job: started,
    expected: { status: 413 },
  },
];

test.each(cases)('$name', ({ message, job, signing, expected }) => {
  expect(decideCallback(runJob(job), received(message, signing), MASTER)).toMatchObject(expected);
});

test('a job that nobody knows is 404', () => {
  expect(decideCallback(undefined, received(envelope('alive', 1)), MASTER)).toMatchObject({ status: 404 });
});

test.each([undefined, '', 'v1=', 'v1=00', 'v2=ab', 'ä'])('the signature %p is none', (signature) => {
  expect(decideCallback(runJob(), { ...received(envelope('alive', 1)), signature }, MASTER)).toMatchObject({ status: 401 });
});
