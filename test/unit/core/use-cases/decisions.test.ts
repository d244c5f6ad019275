import type { AttemptEvidence } from '../../../../layers/core/use-cases/decide-settlement';
import { decideSettlement, retryDelaySeconds } from '../../../../layers/core/use-cases/decide-settlement';
import { decideProbe } from '../../../../layers/core/use-cases/decide-probe';
import { digestOf, type IndexRecord } from '../../../../layers/core/use-cases/index-source';
import { runStatusOf } from '../../../../layers/core/use-cases/settle-source';
import { judgeSweep } from '../../../../layers/core/use-cases/settle-sweep';
import { sweepRetrySeconds } from '../../../../layers/core/use-cases/wait-times';
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

test.each([
  { name: 'still in the queue', job: { status: 'requested' }, waiting: 'started', looks: 2, next: 'AwaitStarted' },
  {
    name: 'in the queue for too long',
    job: { status: 'requested' },
    waiting: 'started',
    looks: 3,
    next: 'ReleaseWorker',
    giveUp: 'start-deadline',
  },
  { name: 'started, and the word was lost', job: { status: 'started', startedAt: 'x' }, waiting: 'started', looks: 0, next: 'RunJob' },
  { name: 'still running', job: { status: 'started', startedAt: 'x' }, waiting: 'ended', looks: 5, next: 'RunJob' },
  {
    name: 'running far past its deadline',
    job: { status: 'started', startedAt: 'x' },
    waiting: 'ended',
    looks: 6,
    next: 'AwaitSwept',
    giveUp: 'deadline-passed',
  },
  { name: 'over, and the word was lost', job: { status: 'finished', startedAt: 'x' }, waiting: 'ended', looks: 6, next: 'AwaitSwept' },
  { name: 'over before it started', job: { status: 'lost' }, waiting: 'started', looks: 0, next: 'ReleaseWorker' },
  { name: 'not swept yet', job: { status: 'finished', startedAt: 'x' }, waiting: 'swept', looks: 9, next: 'AwaitSwept' },
  {
    name: 'not swept in ten waits',
    job: { status: 'finished', startedAt: 'x' },
    waiting: 'swept',
    looks: 10,
    next: 'ReleaseWorker',
    giveUp: 'sweep-silent',
  },
] as const)('after a time-out: $name', ({ job, waiting, looks, next, ...rest }) => {
  const decision = decideProbe(job, waiting, looks);
  expect({ next: decision.next, giveUp: decision.giveUp }).toEqual({ next, giveUp: 'giveUp' in rest ? rest.giveUp : undefined });
});

test.each([
  { name: 'a report of verdicts ends the sweep', job: { status: 'finished' }, report: none, expected: { outcome: 'swept' } },
  {
    name: 'no job is a failure',
    job: undefined,
    report: undefined,
    expected: { outcome: 'failed', cause: 'verify-absent', lasting: false },
  },
  {
    name: 'a job that finished without its report is one',
    job: { status: 'finished' },
    report: undefined,
    expected: { outcome: 'failed', cause: 'report-missing' },
  },
  {
    name: 'an unknown group does not mend itself',
    job: { status: 'failed', cause: 'group-unknown' },
    report: undefined,
    expected: { outcome: 'failed', lasting: true },
  },
] as const)('$name', ({ job, report, expected }) => {
  expect(judgeSweep(job, report)).toMatchObject(expected);
});

test('pauses double from thirty seconds to a quarter of an hour', () => {
  expect([1, 2, 3, 5, 6, 60].map(retryDelaySeconds)).toEqual([30, 60, 120, 480, 900, 900]);
  expect([0, 1, 2, 6, 60].map(sweepRetrySeconds)).toEqual([30, 30, 60, 900, 900]);
});

const counted: IndexRecord = { v: 1, complete: 3, failed: 0, open: 0, digest: '' };
type Judged = Parameters<typeof runStatusOf>[0];
test.each<{ name: string; source: Partial<Judged>; record: IndexRecord; status: string }>([
  { name: 'all verified is complete', source: {}, record: counted, status: 'complete' },
  { name: 'a failed run is worth a warning', source: {}, record: { ...counted, failed: 1 }, status: 'warning' },
  { name: 'a run that is due again is too', source: {}, record: { ...counted, open: 1 }, status: 'warning' },
  { name: 'so is a warning of discovery', source: { generatedWarning: [{ code: 'x', detail: '' }] }, record: counted, status: 'warning' },
  {
    name: 'attention outranks everything',
    source: { needsAttention: { reason: 'x', detail: '', step: '', at: '' } },
    record: counted,
    status: 'error',
  },
])('$name', ({ source, record, status }) => {
  expect(runStatusOf({ generatedWarning: [], ...source }, record)).toBe(status);
});

test('the digest of an index tells any entry from any other', () => {
  const entry = { accession: 'ERR000001', filesHash: 'a', stage: 'fetch', revision: 'r' };
  const digests = [[], [entry], [{ ...entry, filesHash: 'b' }], [entry, { ...entry, accession: 'ERR000002' }]].map(digestOf);
  expect(new Set(digests).size).toBe(4);
});
