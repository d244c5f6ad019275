import { FINAL_JOB_STATUSES, type Job } from '../entities';
import { RecordMissingError } from '../errors';
import type { Operation } from '../operation';
import type { Deps } from '../use-cases/deps';
import { endJob } from '../use-cases/end-job';
import { reportKeyOf } from '../use-cases/keys';
import { noteProgress } from '../use-cases/operations';
import type { Stage } from '../wire';
import { AdoptReport, RehashReport } from '../wire-home';
import { TendPart, tendKeys, VerifyRequest, type TendPlace, type TendStep } from './documents';
import { finishTending } from './finish-tending';
import { recordAdopted } from './record-adopted';
import { recordRehashed } from './record-rehashed';
import { sourcesOf } from './submit-tending';

/** Jobs in a row that ended without having done anything, after which a source is given up. */
export const TEND_TRIES = 3;
/** Causes that no repetition mends: told at once. */
const FOR_A_PERSON: ReadonlySet<string> = new Set([
  ...['directory-refused', 'directory-not-allowed', 'directory-missing', 'adoption-running', 'group-unknown'],
  ...['invalid-request', 'invalid-spec', 'invalid-config', 'unsafe-path', 'foreign-job', 'rejected', 'enrolment-refused'],
]);

export type SettleTendingDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'> & {
  readonly stage: Pick<Stage, 'name' | 'revision'>;
};
export type TendSettled = ({ readonly outcome: 'more' } & TendPlace) | { readonly outcome: 'over' };

/**
 * Takes in what a job of an operation did, and says where it goes on; at the end, the operation's result. Safe to repeat: outcomes, attention and
 * the documents of the step are written again as they were, and an operation ends once.
 */
export async function settleTending(deps: SettleTendingDeps, place: TendPlace): Promise<TendSettled> {
  const operation = await deps.stores.operations.get(place.operationId);
  if (operation === undefined) throw new RecordMissingError('operation', place.operationId);
  if (operation.status !== 'running') return { outcome: 'over' };
  const sources = sourcesOf(operation);
  const key = tendKeys(place.operationId, place.step);
  // Without a part there was no source to do it for: it was removed, or has no listing.
  const part = await deps.objects.getJson(key.part, TendPart);
  const settled = part === undefined ? undefined : await settlePart(deps, operation, part, place);
  if (settled) await deps.objects.putJson(key.step, settled.step);
  const next = settled?.again ?? { ...place, step: place.step + 1, at: place.at + 1, from: 0, tries: 0 };
  await noteProgress(deps, place.operationId, next.at, sources.length);
  if (next.at < sources.length) return { outcome: 'more', ...next };
  await finishTending(deps, operation, place.step);
  return { outcome: 'over' };
}

interface PartSettled {
  readonly step: TendStep;
  /** Where the same source goes on. */
  readonly again?: TendPlace;
}

async function settlePart(deps: SettleTendingDeps, operation: Operation, part: TendPart, place: TendPlace): Promise<PartSettled> {
  const base: TendStep = { v: 1, sourceId: part.sourceId, counts: {}, bytes: 0, problems: [], unknownNames: [] };
  if (part.isEmpty) return { step: base };
  const job = await endedJob(deps, part.jobId);
  const reportKey = reportKeyOf(part.jobId);
  const { step, left, detail } =
    operation.kind === 'adopt' ? await adopted(deps, operation, part, base) : await rehashed(deps, operation, part, base);
  const kept: TendStep = job.reportKey === undefined ? step : { ...step, reportKey };
  const following = { ...place, step: place.step + 1, tries: 0 };
  if (job.status === 'finished') return { step: kept, ...goOn(operation, part, left, following) };
  const tries = step.bytes > 0 ? 0 : place.tries + 1;
  const cause = part.refusal?.cause ?? job.cause ?? job.status;
  if (tries < TEND_TRIES && !FOR_A_PERSON.has(cause)) return { step: kept, again: { ...following, tries } };
  return { step: { ...kept, failure: `${cause}: ${part.refusal?.detail ?? detail ?? `job ${part.jobId}`}` } };
}

/** The rest of the same source: what did not fit into the bytes of a pass, then the next part. */
function goOn(operation: Operation, part: TendPart, left: number, following: TendPlace): Pick<PartSettled, 'again'> {
  if (left > 0) return operation.kind === 'verify' && VerifyRequest.parse(operation.request).once ? {} : { again: following };
  return part.isLast ? {} : { again: { ...following, from: part.next } };
}

/** A job that is still open has outlived the wait and counts as lost. */
async function endedJob(deps: SettleTendingDeps, jobId: string): Promise<Job> {
  const job = await deps.stores.jobs.get(jobId);
  if (!job) throw new RecordMissingError('job', jobId);
  if (FINAL_JOB_STATUSES.includes(job.status)) return job;
  return (await endJob(deps, job, { result: 'lost', cause: 'tend-timeout', actor: 'settle-tending' })).job;
}

interface Came {
  readonly step: TendStep;
  readonly left: number;
  readonly detail?: string | undefined;
}

async function adopted(deps: SettleTendingDeps, operation: Operation, part: TendPart, base: TendStep): Promise<Came> {
  const report = await deps.objects.getJson(reportKeyOf(part.jobId), AdoptReport);
  if (report === undefined) return { step: base, left: 0 };
  return { step: await recordAdopted(deps, operation, part, report), left: 0, detail: report.detail ?? undefined };
}

async function rehashed(deps: SettleTendingDeps, operation: Operation, part: TendPart, base: TendStep): Promise<Came> {
  const report = await deps.objects.getJson(reportKeyOf(part.jobId), RehashReport);
  if (report === undefined) return { step: base, left: 0 };
  return { step: await recordRehashed(deps, operation, part, report), left: report.left ?? 0, detail: report.detail ?? undefined };
}
