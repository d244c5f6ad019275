import type { Source } from '../entities';
import { slug, tendJobIdOf, waitId } from '../ids';
import type { Operation } from '../operation';
import type { Gate } from '../ports/outside';
import type { Deps } from '../use-cases/deps';
import { countSource } from '../use-cases/included-runs';
import { prepareJob, type JobSettings } from '../use-cases/prepare-job';
import { enterWait, recordFact } from '../use-cases/record-fact';
import { submitJob, type Submitted } from '../use-cases/submit-job';
import { smallJob, type DataMoving } from '../use-cases/verify-results';
import { verifyMinutes, verifyTimeoutSeconds } from '../use-cases/wait-times';
import type { Stage, SubmitRequest } from '../wire';
import { nextAdoptPart } from './adopt-part';
import { AdoptRequest, tendKeys, VerifyRequest, type TendPart, type TendPlace } from './documents';

/** Entries of one rehash job: its document stays below 20 MB. */
export const REHASH_ENTRIES = 100_000;
/** Beside hashing: looking through directories of millions of files. */
const WALK_SECONDS = 3_600;

export type SubmitTendingDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'gate' | 'secrets' | 'now' | 'installation'> & {
  readonly settings: JobSettings;
  readonly moving: DataMoving;
  readonly stage: Pick<Stage, 'name' | 'revision'>;
  readonly limits: {
    /** Bytes that one rehash job reads. */
    readonly maxBytes: number;
    /** Bytes that adopting by copy leaves free at home. */
    readonly homeFreeBytesMin: number;
  };
};
interface Wanted {
  readonly kind: 'adopt' | 'rehash';
  readonly part: Pick<TendPart, 'next' | 'isLast' | 'runs' | 'isEmpty'>;
  readonly bytes: number;
  readonly spec: Readonly<Record<string, unknown>>;
}

/**
 * Submits the next job of an operation on what is at home, and waits for its end. Safe to repeat: what the part is about is written again, the
 * job is found by its key. Where there is nothing to do, or the cluster refuses, the wait is settled at once; SettleTending reads why.
 */
export async function submitTending(deps: SubmitTendingDeps, place: TendPlace, token: string): Promise<{ readonly outcome: string }> {
  const operation = await deps.stores.operations.get(place.operationId);
  const sourceId = operation === undefined ? undefined : sourcesOf(operation)[place.at];
  const source = sourceId === undefined ? undefined : await deps.stores.sources.get(sourceId);
  if (operation?.status !== 'running' || source === undefined || source.listingCycle === 0) {
    await enterWait(deps, overIdOf(place), token);
    await recordFact(deps, overIdOf(place), { outcome: 'unchanged' });
    return { outcome: 'unchanged' };
  }
  const wanted =
    operation.kind === 'adopt' ? await adopting(deps, source, operation, place) : await rehashing(deps, source, operation, place);
  const jobId = tendJobIdOf(source.sourceId, source.listingCycle, operation.operationId, wanted.kind, place.step);
  const part: TendPart = { v: 1, sourceId: source.sourceId, jobId, ...wanted.part };
  await deps.objects.putJson(tendKeys(operation.operationId, place.step).part, part);
  await enterWait(deps, waitId.ended(jobId), token);
  if (part.isEmpty) {
    await recordFact(deps, waitId.ended(jobId), { outcome: 'unchanged' });
    return { outcome: 'unchanged' };
  }
  return submit(deps, source, wanted, part, place);
}

/** What waits where there is not even a job to name. */
const overIdOf = ({ operationId, step }: TendPlace): string => `${operationId}/${step}`;

export const sourcesOf = ({ kind, request }: Operation): readonly string[] =>
  kind === 'adopt' ? AdoptRequest.parse(request).sources : VerifyRequest.parse(request).sources;

async function submit(deps: SubmitTendingDeps, source: Source, wanted: Wanted, part: TendPart, place: TendPlace): Promise<Submitted> {
  const seconds = verifyTimeoutSeconds(wanted.bytes) + WALK_SECONDS;
  const deadline = new Date(deps.now().getTime() + seconds * 1000).toISOString();
  const { kind, spec } = wanted;
  const prepared = await prepareJob(deps, {
    jobId: part.jobId,
    kind,
    sourceId: source.sourceId,
    attempt: 1,
    deadline,
    enrolmentExpiresAt: deadline,
  });
  const timeMinutes = verifyMinutes(wanted.bytes) + WALK_SECONDS / 60;
  const gate: Gate = {
    ...deps.gate,
    submit: (request) => submitAndTell(deps, request, part, tendKeys(place.operationId, place.step).part),
  };
  return submitJob({ ...deps, gate }, prepared, { kind, resources: { ...smallJob(deps.moving), timeMinutes }, spec });
}

/** The gate's words are kept before the job ends by them: from then on the step is settled. */
async function submitAndTell(deps: SubmitTendingDeps, request: SubmitRequest, part: TendPart, key: string) {
  const answer = await deps.gate.submit(request);
  if (answer.outcome === 'failed') await deps.objects.putJson(key, { ...part, refusal: { cause: answer.reason, detail: answer.detail } });
  return answer;
}

async function adopting(deps: SubmitTendingDeps, source: Source, { request }: Operation, { from }: TendPlace): Promise<Wanted> {
  const { directory, how, dryRun } = AdoptRequest.parse(request);
  const { runs, bytes, next, isLast } = await nextAdoptPart(deps, source, from);
  const { group, umask } = deps.moving;
  return {
    kind: 'adopt',
    bytes,
    part: { next, isLast, isEmpty: false, runs: runs.map(({ accession, filesHash }) => ({ accession, filesHash })) },
    spec: {
      ...{ slug: slug(source.sourceId), directory, how, dryRun, stage: deps.stage.name, revision: deps.stage.revision },
      ...(group === undefined ? {} : { group }),
      ...(umask === undefined ? {} : { umask }),
      freeBytesMin: deps.limits.homeFreeBytesMin,
      runs: runs.map((run) => ({ ...run, files: run.files.map(({ name, bytes: size, md5 }) => ({ name, bytes: size, md5 })) })),
    },
  };
}

async function rehashing(deps: SubmitTendingDeps, source: Source, { request }: Operation, { from }: TendPlace): Promise<Wanted> {
  const { before, refetch } = VerifyRequest.parse(request);
  const { entries } = await countSource(deps, source.sourceId, source.listingCycle);
  const mine = entries.slice(from, from + REHASH_ENTRIES);
  const next = from + mine.length;
  return {
    kind: 'rehash',
    bytes: deps.limits.maxBytes,
    part: {
      ...{ next, isLast: next >= entries.length, isEmpty: mine.length === 0 },
      runs: mine.map(({ accession, filesHash }) => ({ accession, filesHash })),
    },
    spec: { entries: mine, before, maxBytes: deps.limits.maxBytes, aside: refetch },
  };
}
