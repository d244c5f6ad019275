import { retryDelaySeconds } from '../../../../layers/core/use-cases/decide-settlement';
import { decideProbe } from '../../../../layers/core/use-cases/decide-probe';
import { digestOf } from '../../../../layers/core/use-cases/index-source';
import { publicationWarnings, runStatusOf } from '../../../../layers/core/use-cases/publication-warnings';
import { judgeSweep } from '../../../../layers/core/use-cases/settle-sweep';
import { sweepRetrySeconds } from '../../../../layers/core/use-cases/wait-times';
import type { VerifyReport } from '../../../../layers/core/wire';
import { runOf } from '../../functions/life/world';

const verdicts: VerifyReport = {
  v: 1,
  jobId: 'study-PRJEB1.1.1.a1.verify-1',
  result: 'finished',
  startedAt: '',
  endedAt: '',
  kind: 'verify',
  runs: [{ ...runOf(1), result: 'missing' }],
};

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
  { name: 'a report of verdicts ends the sweep', job: { status: 'finished' }, report: verdicts, expected: { outcome: 'swept' } },
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

const counted = { known: 4, complete: 3, failed: 0, open: 0 };
const other = { code: 'listing-rejected', detail: '' };
const needsAttention = { reason: 'x', detail: '', step: '', at: '' };
type Judged = Parameters<typeof runStatusOf>[0];
test.each<{ name: string; source?: Partial<Judged>; figures?: Partial<typeof counted>; status: string; codes?: string[] }>([
  { name: 'all verified is complete', status: 'complete' },
  { name: 'nothing known is complete', figures: { known: 0, complete: 0 }, status: 'complete' },
  { name: 'nothing included of what is known has a name', figures: { complete: 0 }, status: 'warning', codes: ['nothing-included'] },
  { name: 'a failed run has one', figures: { failed: 1 }, status: 'warning', codes: ['runs-failed'] },
  { name: 'a run that is due again has one', figures: { open: 1 }, status: 'warning', codes: ['runs-open'] },
  { name: 'both are told', figures: { failed: 1, open: 1 }, status: 'warning', codes: ['runs-failed', 'runs-open'] },
  { name: 'a warning of discovery stays', source: { generatedWarning: [other] }, status: 'warning', codes: [other.code] },
  {
    name: 'those that are true no more are gone',
    source: { generatedWarning: ['runs-failed', 'runs-open', 'attention-cleared'].map((code) => ({ code, detail: 'old' })) },
    status: 'complete',
  },
  {
    name: 'what is only worth knowing makes no warning of it',
    source: { generatedWarning: [{ code: 'retry-needed', detail: '' }] },
    status: 'complete',
    codes: ['retry-needed'],
  },
  { name: 'attention outranks everything', source: { needsAttention }, status: 'error' },
])('$name', ({ source, figures, status, codes = [] }) => {
  const generatedWarning = [...publicationWarnings(source?.generatedWarning ?? [], { ...counted, ...figures })];
  expect(generatedWarning.map(({ code }) => code)).toEqual(codes);
  expect(runStatusOf({ ...source, generatedWarning })).toBe(status);
});

test('warnings say how many', () => {
  const details = (open: number) => publicationWarnings([], { ...counted, open }).map(({ detail }) => detail);
  expect([1, 2].map(details)).toEqual([['1 run is open; due at the next check'], ['2 runs are open; due at the next check']]);
});

test('the digest of an index tells any entry from any other', () => {
  const entry = { accession: 'ERR000001', filesHash: 'a', stage: 'fetch', revision: 'r' };
  const digests = [[], [entry], [{ ...entry, filesHash: 'b' }], [entry, { ...entry, accession: 'ERR000002' }]].map(digestOf);
  expect(new Set(digests).size).toBe(4);
});
