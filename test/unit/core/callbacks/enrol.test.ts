import { judgeEnrolment } from '../../../../layers/core/callbacks/enrol';
import { enrolmentTokenOf } from '../../../../layers/core/callbacks/keys';
import type { Job } from '../../../../layers/core/entities';
import { job as jobWithoutToken } from '../../../contract/stores/samples';
import { JOB, MASTER, NOW, runJob, WORKER } from './messages';

const TOKEN = enrolmentTokenOf(MASTER, JOB);
const NONCE = 'a-nonce-of-16-characters';

interface Case {
  readonly name: string;
  readonly job?: Partial<Job>;
  readonly token?: string;
  readonly expected: object;
}
const cases: readonly Case[] = [
  { name: 'a fresh token is good', expected: { outcome: 'granted' } },
  { name: 'the same nonce is good again', job: { enrolmentNonce: NONCE }, expected: { outcome: 'granted' } },
  { name: 'another nonce is not', job: { enrolmentNonce: 'another-nonce-of-sixteen' }, expected: { reason: 'token-spent' } },
  { name: 'the token of another job is not', token: enrolmentTokenOf(MASTER, `${JOB}2`), expected: { reason: 'wrong-token' } },
  { name: 'a token under another master is not', token: enrolmentTokenOf('x', JOB), expected: { reason: 'wrong-token' } },
  { name: 'a token is dead for a job that is over', job: { status: 'lost' }, expected: { reason: 'job-ended' } },
  { name: 'a token lives until its deadline', job: { enrolmentExpiresAt: NOW.toISOString() }, expected: { outcome: 'granted' } },
  { name: 'and not a moment longer', job: { enrolmentExpiresAt: '2026-11-21T08:29:59.999Z' }, expected: { reason: 'expired' } },
];

test.each(cases)('$name', ({ job, token, expected }) => {
  expect(judgeEnrolment(runJob(job), { token: token ?? TOKEN, nonce: NONCE }, NOW)).toMatchObject(expected);
});

test('a job without a token lets nobody in', () => {
  expect(judgeEnrolment(jobWithoutToken(WORKER, 'study:PRJEB1'), { token: TOKEN, nonce: NONCE }, NOW)).toMatchObject({
    reason: 'wrong-token',
  });
});
