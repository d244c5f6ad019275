import { FINAL_JOB_STATUSES, type Job } from '../entities';
import { CALLBACK_LIMIT_BYTES, CallbackEnvelope, JobReport, type Order } from '../wire';
import { attemptKeyOf, sameSecret, signatureOf } from './keys';
import { messageIn, type Upgrades } from './older-words';

export interface ReceivedCallback {
  /** As signed: `/callbacks/<job>`, without the stage or base of the address. */
  readonly path: string;
  readonly jobId: string;
  readonly rawBody: Buffer;
  readonly signature: string | undefined;
}
export type CallbackRefusal =
  'too-large' | 'unknown-job' | 'bad-signature' | 'bad-envelope' | 'other-job' | 'other-attempt' | 'bad-report' | 'not-over';
/** What to do about a callback; `order` is what the worker is told. */
export type CallbackDecision =
  | { readonly action: 'refuse'; readonly status: 401 | 404 | 409 | 413 | 422; readonly reason: CallbackRefusal }
  | {
      readonly action: 'acknowledge';
      readonly order: Order;
      readonly reason: 'repeated' | 'job-ended';
      readonly envelope: CallbackEnvelope;
    }
  | {
      readonly action: 'heard';
      readonly order: Order;
      readonly envelope: CallbackEnvelope;
      readonly progress: Readonly<Record<string, number>>;
    }
  | { readonly action: 'report'; readonly order: Order; readonly envelope: CallbackEnvelope; readonly report: JobReport };

const refuse = (status: 401 | 404 | 409 | 413 | 422, reason: CallbackRefusal): CallbackDecision => ({ action: 'refuse', status, reason });

/** *stop* once it was asked for or the job is over, else *run*. */
export const orderFor = (job: Job): Order => (job.stopRequested || FINAL_JOB_STATUSES.includes(job.status) ? 'stop' : 'run');

/**
 * Contract 7 as one pure rule. Nothing of a message counts before its signature holds, and the key is that of the attempt that the
 * message names, so an older worker learns *409* instead of *401*. `sentAt` is never judged: clocks on workers are wrong.
 * @param master the secret of this job, see `masterOf`
 */
export function decideCallback(job: Job | undefined, received: ReceivedCallback, master: string, upgrades?: Upgrades): CallbackDecision {
  if (received.rawBody.length > CALLBACK_LIMIT_BYTES) return refuse(413, 'too-large');
  if (job === undefined) return refuse(404, 'unknown-job');
  const envelope = parse(received.rawBody, upgrades);
  const key = attemptKeyOf(master, job.jobId, envelope?.attempt ?? job.attempt);
  if (!sameSecret(signatureOf(key, received.path, received.rawBody), received.signature ?? '')) return refuse(401, 'bad-signature');
  if (envelope === undefined) return refuse(422, 'bad-envelope');
  if (envelope.jobId !== job.jobId || received.jobId !== job.jobId) return refuse(422, 'other-job');
  if (envelope.attempt !== job.attempt) return refuse(409, 'other-attempt');
  return decideSigned(job, envelope);
}

/** The envelope is genuine and of this job and attempt; only its age and its body are left to judge. */
function decideSigned(job: Job, envelope: CallbackEnvelope): CallbackDecision {
  const order = orderFor(job);
  if (FINAL_JOB_STATUSES.includes(job.status)) return { action: 'acknowledge', order, reason: 'job-ended', envelope };
  if (envelope.kind === 'finished' || envelope.kind === 'failed') {
    // Also when its number is old: the end of a job is applied once, in whatever order its messages come.
    const report = JobReport.safeParse(envelope.body);
    const fits = report.success && report.data.jobId === job.jobId && report.data.kind === job.kind && report.data.result === envelope.kind;
    return fits ? { action: 'report', order: 'stop', envelope, report: report.data } : refuse(422, 'bad-report');
  }
  // Of a *started* that was overtaken the address alone is left to be noted: any message of a job that was requested starts it.
  if (envelope.kind === 'rescued') return refuse(409, 'not-over');
  if (envelope.seq <= job.lastSeq) return { action: 'acknowledge', order, reason: 'repeated', envelope };
  return { action: 'heard', order, envelope, progress: envelope.kind === 'progress' ? numbersOf(envelope.body) : {} };
}

const parse = (rawBody: Buffer, upgrades?: Upgrades): CallbackEnvelope | undefined =>
  CallbackEnvelope.safeParse(messageIn(rawBody, upgrades)).data;

const PROGRESS_FIELDS = 20;
const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** `runs: {total: 3}` is kept as `runsTotal`: the table holds plain numbers by name. */
const flattened = ([name, value]: readonly [string, unknown]): readonly (readonly [string, unknown])[] =>
  isFields(value)
    ? Object.entries(value).map(([inner, each]) => [`${name}${inner.charAt(0).toUpperCase()}${inner.slice(1)}`, each])
    : [[name, value]];
/** Numbers only, and few: progress is shown, never decided upon. */
export const numbersOf = (body: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(body)
      .flatMap(flattened)
      .filter((field): field is [string, number] => typeof field[1] === 'number' && Number.isFinite(field[1]) && field[0].length <= 40)
      .slice(0, PROGRESS_FIELDS),
  );
