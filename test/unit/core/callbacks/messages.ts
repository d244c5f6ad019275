import { attemptKeyOf, tokenHashOf, enrolmentTokenOf, signatureOf } from '../../../../layers/core/callbacks/keys';
import type { ReceivedCallback } from '../../../../layers/core/callbacks/decide';
import type { Job } from '../../../../layers/core/entities';
import { job as anyJob } from '../../../contract/stores/samples';

export const MASTER = 'the master secret of a test';
export const WORKER = 'study-PRJEB1.1.1.a1';
export const JOB = `${WORKER}.fetch`;
export const NOW = new Date('2026-11-21T08:30:00.000Z');

export const runJob = (with_: Partial<Job> = {}): Job =>
  anyJob(WORKER, 'study:PRJEB1', {
    batchId: 'study-PRJEB1.1.1',
    stage: 'fetch',
    enrolmentHash: tokenHashOf(enrolmentTokenOf(MASTER, JOB)),
    enrolmentExpiresAt: '2026-11-21T09:00:00.000Z',
    ...with_,
  });

export const report = (result: 'finished' | 'failed' = 'finished', with_: Readonly<Record<string, unknown>> = {}) => ({
  v: 1,
  jobId: JOB,
  kind: 'run',
  result,
  exitCode: result === 'finished' ? 0 : 1,
  runs: [{ accession: 'ERR0000001', result: 'done' }],
  startedAt: '2026-11-21T08:00:00Z',
  endedAt: '2026-11-21T08:20:00Z',
  ...with_,
});

export const envelope = (kind: string, seq: number, with_: Readonly<Record<string, unknown>> = {}) => ({
  v: 1,
  jobId: JOB,
  attempt: 1,
  seq,
  sentAt: '1999-01-01T00:00:00Z',
  kind,
  body: kind === 'finished' || kind === 'failed' ? report(kind) : {},
  ...with_,
});

/** A message as it arrives, signed with the key of the attempt it names unless told otherwise. */
export const received = (
  message: object,
  signing: { readonly key?: string; readonly path?: string; readonly jobId?: string } = {},
): ReceivedCallback => {
  const rawBody = Buffer.from(JSON.stringify(message));
  const path = signing.path ?? `/callbacks/${JOB}`;
  const attempt = (message as { readonly attempt?: number }).attempt ?? 1;
  const key = signing.key ?? attemptKeyOf(MASTER, JOB, attempt);
  return { path: `/callbacks/${signing.jobId ?? JOB}`, jobId: signing.jobId ?? JOB, rawBody, signature: signatureOf(key, path, rawBody) };
};
