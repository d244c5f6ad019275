import { JobId } from '../ids';
import { applyReport } from '../use-cases/apply-report';
import { Ssh, type Job } from '../entities';
import type { GetLink, PutLinks } from '../ports/outside';
import type { Deps } from '../use-cases/deps';
import { endJob } from '../use-cases/end-job';
import { markStarted } from '../use-cases/mark-started';
import { raiseAttention } from '../use-cases/raise-attention';
import { EnrolRequest, type CallbackEnvelope, type Order } from '../wire';
import { decideCallback, orderFor, type CallbackDecision, type ReceivedCallback } from './decide';
import { ordersAfterEnd, type Orders } from './after-end';
import { judgeEnrolment } from './enrol';
import { attemptKeyOf, tokenHashOf } from './keys';
import { masterOf, type ReadMaster } from './masters';
import { noteRescued } from './note-rescued';
import { messageIn } from './older-words';
import { grantLinks } from './rescue';

export interface CallbackDeps extends Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'> {
  readonly master: ReadMaster;
  /** Links that die soon to the kit and to a job's document; for workers that fetch them. */
  readonly links: (documentKey: string) => Promise<Readonly<Record<string, unknown>>>;
  /** Where a worker may put its results: one that is held, or one at a site. */
  readonly putLinks: PutLinks;
  /** Where a sweep gets what a site has put there. */
  readonly getLink: GetLink;
}
export interface HttpAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const refusal = (status: number, error: string): HttpAnswer => ({ status, body: { v: 1, error } });
const acknowledgement = (orders: Order | Orders, accepted: boolean, reason?: string): HttpAnswer => ({
  status: 200,
  body: { v: 1, ...(typeof orders === 'string' ? { order: orders } : orders), accepted, ...(reason !== undefined && { reason }) },
});

/** Trades a single-use token for the attempt's key. Safe to repeat with the same nonce; another nonce is refused and raises attention. */
export async function enrolWorker(deps: CallbackDeps, rawBody: Buffer): Promise<HttpAnswer> {
  const request = EnrolRequest.safeParse(messageIn(rawBody));
  if (!request.success) return refusal(422, 'bad-request');
  const { jobId, token, nonce } = request.data;
  const job = await deps.stores.jobs.get(jobId);
  // The same answer as to a wrong token: whoever guesses does not learn which jobs there are.
  if (job === undefined) return refusal(403, 'wrong-token');
  const judgement = judgeEnrolment(job, request.data, deps.now());
  if (judgement.outcome === 'refused') return refuseEnrolment(deps, job, judgement.reason);
  const spent = await deps.stores.jobs.spendEnrolment(jobId, tokenHashOf(token), nonce);
  if (spent.outcome === 'conflict') return refuseEnrolment(deps, job, 'token-spent');
  const key = attemptKeyOf(await masterOf(deps.master, job), jobId, job.attempt);
  const links = job.documentKey === undefined ? {} : { links: await deps.links(job.documentKey) };
  return {
    status: 200,
    body: { v: 1, key, attempt: job.attempt, serverTime: deps.now().toISOString(), order: orderFor(spent.item), ...links },
  };
}

async function refuseEnrolment(deps: CallbackDeps, job: Job, reason: string): Promise<HttpAnswer> {
  if (reason === 'token-spent') {
    const detail = `job ${job.jobId}: its enrolment token was used a second time with another nonce`;
    await raiseAttention(deps, job.sourceId, { code: 'enrolment-replayed', detail, step: 'accept-callback' });
  }
  return refusal(403, reason);
}

/** Links to put results under or to get them from, for who may. */
export async function giveLinks(deps: CallbackDeps, asked: ReceivedCallback): Promise<HttpAnswer> {
  const granted = await grantLinks(deps, asked);
  return granted.outcome === 'refused' ? refusal(granted.status, granted.reason) : { status: 200, body: { v: 1, ...granted.body } };
}

/** Judges one message and applies it. A message is counted as heard only after it was applied, so a crash in between loses nothing. */
export async function hearCallback(deps: CallbackDeps, received: ReceivedCallback): Promise<HttpAnswer> {
  const job = JobId.safeParse(received.jobId).success ? await deps.stores.jobs.get(received.jobId) : undefined;
  const decision = decideCallback(job, received, job === undefined ? '' : await masterOf(deps.master, job));
  if (decision.action === 'refuse') return refusal(decision.status, decision.reason);
  if (decision.action === 'acknowledge') {
    // Overtaken by a later word, or repeated after a call that died before this: the address is said in this one alone.
    if (job !== undefined && decision.envelope.kind === 'started') await pinAddress(deps, job, decision.envelope.body);
    // Its end is recorded again: the call that recorded it first may have died before it answered who waits.
    if (job === undefined || decision.reason !== 'job-ended') return acknowledgement(decision.order, false, decision.reason);
    await endAgain(deps, job);
    return hearAfterEnd(deps, job, decision.envelope);
  }
  if (job === undefined) return refusal(404, 'unknown-job');
  if (decision.action === 'report') return hearReport(deps, job, decision);
  return hearAlive(deps, job, decision);
}

/** Of a worker that keeps its results it counts that it still speaks: what becomes of a hold rests on it. */
async function hearAfterEnd(deps: CallbackDeps, job: Job, { kind, seq, body }: CallbackEnvelope): Promise<HttpAnswer> {
  if (job.documentKey !== undefined) await deps.stores.jobs.raiseSeq(job.jobId, seq, deps.now().toISOString());
  const noted = kind === 'rescued' ? await noteRescued(deps, job, body) : undefined;
  const current = (await deps.stores.jobs.get(job.jobId)) ?? job;
  return acknowledgement(await ordersAfterEnd(deps, current), noted === 'let-go', noted ?? 'job-ended');
}

async function endAgain(deps: CallbackDeps, job: Job): Promise<void> {
  if (job.status === 'requested' || job.status === 'started') return;
  await endJob(deps, job, { result: job.status, cause: job.cause ?? job.status });
}

async function hearReport(deps: CallbackDeps, job: Job, decision: Extract<CallbackDecision, { action: 'report' }>): Promise<HttpAnswer> {
  await deps.stores.jobs.raiseSeq(job.jobId, decision.envelope.seq, deps.now().toISOString());
  const applied = await applyReport(deps, job, decision.report, 'callback');
  if (applied.outcome === 'refused') return acknowledgement('stop', false, applied.reason);
  const orders = await ordersAfterEnd(deps, applied.job);
  return applied.outcome === 'ended' ? acknowledgement(orders, true) : acknowledgement(orders, false, 'job-ended');
}

async function hearAlive(deps: CallbackDeps, job: Job, decision: Extract<CallbackDecision, { action: 'heard' }>): Promise<HttpAnswer> {
  const { envelope, progress } = decision;
  const slurmId = typeof envelope.body.slurmId === 'string' ? envelope.body.slurmId.slice(0, 40) : undefined;
  // Said again, it mends what a function that died between its writes left undone.
  const starts = job.status === 'requested' || envelope.kind === 'started';
  if (starts) await markStarted(deps, job, { actor: 'callback', ...(slurmId !== undefined && { slurmId }) });
  if (envelope.kind === 'started') await pinAddress(deps, job, envelope.body);
  const raised = await deps.stores.jobs.raiseSeq(job.jobId, envelope.seq, deps.now().toISOString());
  if (raised.outcome === 'conflict') return acknowledgement(raised.item === undefined ? 'stop' : orderFor(raised.item), false, 'repeated');
  if (Object.keys(progress).length > 0) await deps.stores.jobs.note(job.jobId, { progress });
  return acknowledgement(orderFor(raised.item), true);
}

/** Where the worker can be pulled from: its first word is pinned, another one later is refused and told to a person. Safe to repeat. */
async function pinAddress(deps: CallbackDeps, job: Job, body: Readonly<Record<string, unknown>>): Promise<void> {
  const ssh = Ssh.safeParse(body.ssh).data;
  if (job.documentKey === undefined || ssh === undefined) return;
  if (job.ssh === undefined) {
    await deps.stores.jobs.note(job.jobId, { ssh });
    return;
  }
  if (job.ssh.hostKey === ssh.hostKey && job.ssh.host === ssh.host && job.ssh.port === ssh.port) return;
  const detail = `job ${job.jobId} says that it is reached at ${ssh.host}:${ssh.port} with another host key or address than before`;
  await raiseAttention(deps, job.sourceId, { code: 'host-key-changed', detail, step: 'accept-callback' });
}
