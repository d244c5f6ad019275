import { decideSettlement, type AttemptEvidence } from '../../../../layers/core/use-cases/decide-settlement';
import type { RunReport, VerifyReport } from '../../../../layers/core/wire';
import { runOf } from '../../functions/life/world';

const now = new Date('2026-01-01T00:00:00.000Z');
const base = { v: 1, jobId: 'study-PRJEB1.1.1.a1.fetch', result: 'finished', startedAt: '', endedAt: '' } as const;
const verify = (verdicts: Readonly<Record<number, 'verified' | 'refused' | 'missing'>>, reason?: string): VerifyReport => ({
  ...base,
  kind: 'verify',
  runs: Object.entries(verdicts).map(([number, result]) => ({ ...runOf(Number(number)), result, ...(reason ? { reason } : {}) })),
});
const fetched = (reasons: Readonly<Record<number, string>>): RunReport => ({
  ...base,
  kind: 'run',
  exitCode: 0,
  runs: Object.entries(reasons).map(([number, reason]) => ({ accession: runOf(Number(number)).accession, result: 'failed', reason })),
});
const evidence = (fields: Partial<AttemptEvidence>): AttemptEvidence => ({
  batch: { attempt: 1, attemptLimit: 3, cancelRequested: false },
  runs: [runOf(1), runOf(2)],
  job: { status: 'finished' },
  runReport: undefined,
  verifyReport: verify({ 1: 'verified', 2: 'verified' }),
  swept: { outcome: 'swept' },
  now,
  ...fields,
});
const last = { attempt: 3, attemptLimit: 3, cancelRequested: false };
const none = verify({ 1: 'missing', 2: 'missing' });

test.each([
  { name: 'everything verified is complete', given: {}, decision: { event: 'complete' }, cause: 'finished' },
  {
    name: 'everything verified is complete even where its job was lost',
    given: { job: { status: 'lost', cause: 'slurm-node-fail' } },
    decision: { event: 'complete' },
    cause: 'slurm-node-fail',
  },
  {
    name: 'the word of the job that fetched it makes nothing complete',
    given: { verifyReport: undefined, runReport: fetched({}) },
    decision: { event: 'retry', notBefore: '2026-01-01T00:00:30.000Z' },
    cause: 'runs-failed',
  },
  {
    name: 'a missing run is tried again while attempts are left',
    given: { verifyReport: verify({ 1: 'verified', 2: 'missing' }) },
    decision: { event: 'retry', notBefore: '2026-01-01T00:00:30.000Z' },
    cause: 'runs-failed',
  },
  {
    name: 'a file that ENA does not have is not asked for again',
    given: { verifyReport: verify({ 1: 'verified', 2: 'missing' }), runReport: fetched({ 2: 'http-404' }) },
    decision: { event: 'partial' },
    cause: 'runs-failed',
  },
  {
    name: 'one that may come is, even beside one that will not',
    given: { verifyReport: none, runReport: fetched({ 1: 'http-404', 2: 'truncated' }) },
    decision: { event: 'retry', notBefore: '2026-01-01T00:00:30.000Z' },
    cause: 'runs-failed',
  },
  {
    name: 'past the limit a cause outside the data that brought nothing home is for a person',
    given: { batch: last, job: { status: 'lost', cause: 'job-absent' }, verifyReport: none },
    decision: { event: 'partial', attention: 'attempts-exhausted' },
    cause: 'job-absent',
  },
  {
    name: 'one that brought something home is not',
    given: { batch: last, job: { status: 'lost', cause: 'slurm-timeout' }, verifyReport: verify({ 1: 'verified' }) },
    decision: { event: 'partial' },
    cause: 'slurm-timeout',
  },
  {
    name: 'a cluster that cannot be reached costs no attempt, even the last one',
    given: { batch: last, job: { status: 'failed', cause: 'unavailable' }, verifyReport: undefined, swept: undefined },
    decision: { event: 'put-off', notBefore: '2026-01-01T00:02:00.000Z' },
    cause: 'unavailable',
  },
  {
    name: 'one that was away for hours is for a person',
    given: {
      batch: { attempt: 22, attemptLimit: 22, cancelRequested: false },
      job: { status: 'failed', cause: 'unreachable' },
      verifyReport: undefined,
      swept: undefined,
    },
    decision: { event: 'partial', attention: 'attempts-exhausted' },
    cause: 'unreachable',
  },
  {
    name: 'a request that the gate refuses as invalid is for a person at once',
    given: { job: { status: 'failed', cause: 'invalid-request' }, verifyReport: undefined, swept: undefined },
    decision: { event: 'partial', attention: 'provider-refuses' },
    cause: 'invalid-request',
  },
  {
    name: 'results that are held end the batch',
    given: { verifyReport: undefined, swept: { outcome: 'held', cause: 'group-unknown' } },
    decision: { event: 'partial', attention: 'results-held' },
    cause: 'group-unknown',
  },
  {
    name: 'an aborted execution is not tried again',
    given: { job: { status: 'cancelled', cause: 'execution-aborted' }, verifyReport: none },
    decision: { event: 'cancel' },
    cause: 'execution-aborted',
  },
  {
    name: 'nor a batch that somebody wants cancelled',
    given: { batch: { ...last, attempt: 1, cancelRequested: true }, verifyReport: none },
    decision: { event: 'cancel' },
    cause: 'runs-failed',
  },
] as const)('$name', ({ given, decision, cause }) => {
  expect(decideSettlement(evidence(given as Partial<AttemptEvidence>))).toMatchObject({ decision, cause });
});

test.each([
  {
    name: 'the verdict of the verification comes first',
    verifyReport: verify({ 1: 'refused' }, 'md5-mismatch'),
    runReport: fetched({ 1: 'truncated' }),
    reason: 'md5-mismatch',
  },
  { name: 'then the word of the job', verifyReport: verify({ 1: 'missing' }), runReport: fetched({ 1: 'truncated' }), reason: 'truncated' },
  { name: 'then the cause of its end', verifyReport: undefined, runReport: undefined, reason: 'slurm-cancelled' },
])('why a run failed: $name', ({ verifyReport, runReport, reason }) => {
  const job = { status: 'lost', cause: 'slurm-cancelled' } as const;
  expect(decideSettlement(evidence({ runs: [runOf(1)], job, verifyReport, runReport })).failed).toEqual([{ run: runOf(1), reason }]);
});

test('a verdict about other files of the same run does not count', () => {
  const other = { ...runOf(1), filesHash: 'c'.repeat(64) };
  expect(decideSettlement(evidence({ runs: [other] })).verified).toEqual([]);
});
