import { diskGbFor, worstDollars } from '../dispatch/worst-case';
import { causeKind } from '../attempts/causes';
import { FINAL_JOB_STATUSES, type Batch, type Worker } from '../entities';
import type { Avoid, Created, WorkerRequest } from '../ports/outside';
import { closedPlaces, noteCreate } from './breakers';
import { changeWorker } from './change-status';
import type { Deps } from './deps';
import { endJob } from './end-job';
import { prepareBringing, prepareDocument } from './job-document';
import { neededBatch, neededManifest, neededProvider, neededWorker } from './needed';
import { prepareRunJob, requestOf } from './prepare-attempt';
import type { JobSettings, PreparedJob } from './prepare-job';
import { startTimeoutSeconds, SWEEP_WAIT_SECONDS, runTimeoutSeconds } from './wait-times';

const ACTOR = 'provision-worker';
export type ProvisionDeps = Pick<Deps, 'stores' | 'objects' | 'machines' | 'gate' | 'providers' | 'secrets' | 'now' | 'installation'> & {
  readonly settings: JobSettings;
};
export interface Provisioned {
  /** *over*: the job ended before, or is not wanted any more: the waits that follow are answered at once. */
  readonly outcome: Created['outcome'] | 'over';
  readonly jobId: string;
  readonly startTimeoutSeconds: number;
  readonly runTimeoutSeconds: number;
  readonly sweepTimeoutSeconds: number;
}

/**
 * Gives one attempt its worker. The intent stands already (worker *requested* by the dispatch, then the job's record here); the provider
 * looks for the key before it creates, or is told that it was asked before. So running twice makes no second worker; a job that has started or ended is not asked for again.
 */
export async function provisionWorker(deps: ProvisionDeps, batchId: string, attempt: number, workerId: string): Promise<Provisioned> {
  const [worker, batch, manifest] = [
    await neededWorker(deps, workerId),
    await neededBatch(deps, batchId),
    await neededManifest(deps, workerId),
  ];
  const prepared = await prepareRunJob(deps, worker, manifest);
  const answer = (outcome: Provisioned['outcome']): Provisioned => ({
    outcome,
    jobId: prepared.job.jobId,
    ...waitTimes(worker, deps.now()),
  });
  const unwanted = batch.cancelRequested || batch.attempt !== attempt;
  if (FINAL_JOB_STATUSES.includes(prepared.job.status) || (unwanted && prepared.job.status === 'requested')) {
    // Where it is over already, this records its first end once more.
    await endJob(deps, prepared.job, { result: 'cancelled', cause: 'cancel-requested', actor: ACTOR });
    return answer('over');
  }
  if (prepared.job.status === 'started') return answer('done');
  const closed = await closedPlaces(deps, worker);
  const avoid: Avoid = { places: closed.places, ratherNot: failedBefore(batch, worker) };
  const created = await createWorker(deps, worker, { ...requestOf(worker, manifest, prepared), avoid }, prepared);
  await noteCreate(deps, worker, closed.trials, created);
  await noteCreated(deps, worker, prepared, created);
  return answer(created.outcome);
}

/** Places and nodes of this provider at which an earlier attempt failed for a cause that may not come again elsewhere; the newest alone. */
const failedBefore = ({ attempts }: Batch, { provider }: Worker): readonly string[] =>
  attempts
    .filter((attempt) => attempt.provider === provider && causeKind(attempt.cause).next === 'elsewhere')
    .flatMap(({ place, node }) => [place, node].filter((one) => one !== undefined))
    .slice(-MOST_AVOIDED);
const MOST_AVOIDED = 8;

/** One question to the worker's provider, its intent written before. */
async function createWorker(deps: ProvisionDeps, worker: Worker, request: WorkerRequest, { job }: PreparedJob): Promise<Created> {
  const provider = neededProvider(deps, worker);
  if (provider.results === 'home') return provider.create(request);
  const prepared = await (provider.results === 'bucket' ? prepareBringing : prepareDocument)(deps, job, request);
  if (prepared.outcome === 'failed') return prepared;
  return provider.create({ ...request, diskGb: diskGbFor(worker.reservedBytes), askedBefore: prepared.askedBefore });
}

async function noteCreated(deps: ProvisionDeps, worker: Worker, { job }: PreparedJob, created: Created): Promise<void> {
  if (created.outcome === 'failed') {
    await endJob(deps, job, { result: 'failed', cause: created.reason, detail: created.detail, actor: ACTOR });
  }
  if (created.outcome === 'failed') return;
  const { place } = created;
  if (created.outcome === 'unknown') {
    if (place !== undefined) await noteOn(deps, worker.workerId, { place });
    return;
  }
  await deps.stores.jobs.note(job.jobId, { slurmId: created.providerRef });
  const { providerRef, dollarsPerHour } = created;
  const priced = dollarsPerHour !== undefined && { dollarsPerHour, reservedDollars: reservedFor(worker, created) };
  const set = { providerRef, ...priced, ...(place !== undefined && { place }) };
  const changed = await changeWorker(deps, worker.workerId, 'created', { actor: ACTOR, set });
  // The worker has spoken already; its word brought the reference, and not what it costs.
  if (changed.outcome === 'refused' && dollarsPerHour !== undefined && changed.item?.dollarsPerHour === undefined)
    await noteOn(deps, worker.workerId, set);
}

/** Fields of a worker in whatever status it stands, but at its end. Safe to repeat. */
async function noteOn(deps: ProvisionDeps, workerId: string, set: Partial<Worker>): Promise<void> {
  const { status, sourceId } = await neededWorker(deps, workerId);
  if (status === 'gone') return;
  const event = { entityId: workerId, sourceId, at: deps.now().toISOString(), type: 'worker-noted', actor: ACTOR };
  await deps.stores.workers.change(workerId, { from: status, set, event });
}

/** By the price that it has, which is no more than what was reserved when nobody knew which it would get. */
function reservedFor(worker: Worker, { dollarsPerHour = 0, egressDollarsPerGib = 0 }: Extract<Created, { outcome: 'done' }>): number {
  const seconds = (Date.parse(worker.deadline) - Date.parse(worker.requestedAt)) / 1000;
  return worstDollars({ seconds, bytes: worker.reservedBytes }, { dollarsPerHour, egressDollarsPerGib });
}

const waitTimes = (worker: Worker, now: Date): Pick<Provisioned, 'startTimeoutSeconds' | 'runTimeoutSeconds' | 'sweepTimeoutSeconds'> => ({
  startTimeoutSeconds: startTimeoutSeconds(worker, now),
  runTimeoutSeconds: runTimeoutSeconds(worker, now),
  sweepTimeoutSeconds: SWEEP_WAIT_SECONDS,
});
