import { z } from 'zod';
import { FINAL_JOB_STATUSES, type Job, type Worker } from '../entities';
import { JobId } from '../ids';
import type { GetLink, ObjectStore, PutLinks } from '../ports/outside';
import { broughtKeyOf, rescuedKeyOf } from '../use-cases/keys';
import type { Deps } from '../use-cases/deps';
import { CALLBACK_VERSION } from '../wire';
import { attemptKeyOf, sameSecret, signatureOf } from './keys';
import { masterOf, type ReadMaster } from './masters';
import { messageIn } from './older-words';

/** Relative to the worker's staging; no part of it begins with a dot. */
const StagedPath = z.string().regex(/^([A-Za-z0-9_][A-Za-z0-9._+=@,-]*\/){0,4}[A-Za-z0-9_][A-Za-z0-9._+=@,-]{0,200}$/);
const Md5 = z.string().regex(/^[0-9a-f]{32}$/);
const Bytes = z.number().int().nonnegative();
/** No single PUT takes more. */
const MAX_PUT_BYTES = 5e9;
/** S3's own limit for one object, of parts or not. */
const MAX_OBJECT_BYTES = 5 * 1024 ** 4;
/** So many that their md5s fit into one message; S3 would take ten times as many. */
const MOST_PARTS = 1_000;
const SMALLEST_PART_BYTES = 64 * 1024 ** 2;
const Part = z.number().int().min(1).max(MOST_PARTS);
const Parted = { path: StagedPath, bytes: Bytes.min(1).max(MAX_OBJECT_BYTES), md5: Md5 };
const UploadId = z.string().min(1).max(2_000);

export const LinksRequest = z.union([
  z.strictObject({
    v: z.literal(CALLBACK_VERSION),
    files: z
      .array(z.object({ path: StagedPath, bytes: Bytes.max(MAX_PUT_BYTES) }))
      .min(1)
      .max(100),
  }),
  /** One file in parts: a new upload where none is named, and links for these parts of it. */
  z.strictObject({
    v: z.literal(CALLBACK_VERSION),
    upload: z.object({ ...Parted, uploadId: UploadId.optional(), parts: z.array(Part).max(100).default([]) }),
  }),
  /** Of a sweep: where to get what a site put into the bucket. */
  z.strictObject({ v: z.literal(CALLBACK_VERSION), fetch: z.array(StagedPath).min(1).max(100) }),
  /** All its parts were taken; `parts` are their md5s, in order. */
  z.strictObject({
    v: z.literal(CALLBACK_VERSION),
    complete: z.object({ ...Parted, uploadId: UploadId, parts: z.array(Md5).min(1).max(MOST_PARTS) }),
  }),
]);
type LinksRequest = z.output<typeof LinksRequest>;

/** Every part but the last has this size. Pure. */
export const partBytesOf = (bytes: number): number => Math.max(SMALLEST_PART_BYTES, Math.ceil(bytes / MOST_PARTS));

export type LinksDeps = Pick<Deps, 'stores'> & {
  readonly objects: Pick<ObjectStore, 'list'>;
  readonly master: ReadMaster;
  readonly putLinks: PutLinks;
  readonly getLink: GetLink;
};
export type LinksAnswer =
  | { readonly outcome: 'granted'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly outcome: 'refused'; readonly status: 401 | 404 | 409 | 410 | 422; readonly reason: string };
type Refused = Extract<LinksAnswer, { outcome: 'refused' }>;

const refuse = (status: Refused['status'], reason: string): Refused => ({ outcome: 'refused', status, reason });
const grant = (body: Readonly<Record<string, unknown>>): LinksAnswer => ({ outcome: 'granted', body });

/**
 * Links for a held worker that was told to put its results into the bucket, for one that does so before its job ends, and for the sweep that takes those home; signed
 * as a callback of this path. Safe to repeat: a link asked for twice is
 * a link to the same object or part, a completion asked for twice finds the object, and an upload begun twice leaves one that the bucket forgets.
 */
export async function grantLinks(
  deps: LinksDeps,
  request: { readonly jobId: string; readonly path: string; readonly rawBody: Buffer; readonly signature: string | undefined },
): Promise<LinksAnswer> {
  const job = JobId.safeParse(request.jobId).success ? await deps.stores.jobs.get(request.jobId) : undefined;
  if (job?.workerId === undefined) return refuse(404, 'unknown-job');
  const key = attemptKeyOf(await masterOf(deps.master, job), job.jobId, job.attempt);
  if (!sameSecret(signatureOf(key, request.path, request.rawBody), request.signature ?? '')) return refuse(401, 'bad-signature');
  const parsed = LinksRequest.safeParse(messageIn(request.rawBody));
  if (!parsed.success) return refuse(422, 'bad-request');
  if ('fetch' in parsed.data) {
    return job.kind === 'sweep' && isOpen(job) ? fetchLinks(deps, job.workerId, parsed.data.fetch) : refuse(409, 'no-sweep');
  }
  const worker = await deps.stores.workers.get(job.workerId);
  if (job.bringsResults === true) {
    return isOpen(job) ? answer(deps, (path) => broughtKeyOf(job.workerId ?? '', path), parsed.data) : refuse(409, 'job-ended');
  }
  if (!mayRescue(worker, job)) return refuse(409, 'no-rescue-asked');
  return answer(deps, (path) => rescuedKeyOf(worker.workerId, path), parsed.data);
}

const isOpen = ({ status }: Job): boolean => !FINAL_JOB_STATUSES.includes(status);
const mayRescue = (worker: Worker | undefined, job: Job): worker is Worker =>
  worker?.status === 'held' && job.rescueRequestedAt !== undefined;

/** Those of the files that are there, each with its size. */
async function fetchLinks({ objects, getLink }: LinksDeps, workerId: string, paths: readonly string[]): Promise<LinksAnswer> {
  const there = new Map((await objects.list(broughtKeyOf(workerId, ''))).map(({ key, bytes }) => [key, bytes]));
  const found = paths.map((path) => ({ path, key: broughtKeyOf(workerId, path) })).filter(({ key }) => there.has(key));
  return grant({
    links: await Promise.all(found.map(async ({ path, key }) => ({ path, bytes: there.get(key), url: await getLink(key) }))),
  });
}

async function answer(
  { objects, putLinks }: LinksDeps,
  keyOf: (path: string) => string,
  request: Exclude<LinksRequest, { readonly fetch: unknown }>,
): Promise<LinksAnswer> {
  if ('files' in request) {
    const { files } = request;
    return grant({
      links: await Promise.all(files.map(async ({ path }) => ({ path, url: await putLinks.put(keyOf(path)) }))),
    });
  }
  if ('upload' in request) {
    const { path, bytes, md5, parts, uploadId: begun } = request.upload;
    const key = keyOf(path);
    const uploadId = begun ?? (await putLinks.begin(key, md5));
    const links = await Promise.all(parts.map(async (part) => ({ part, url: await putLinks.part(key, uploadId, part) })));
    return grant({ upload: { uploadId, partBytes: partBytesOf(bytes), links } });
  }
  const { path, bytes, md5, uploadId, parts } = request.complete;
  const key = keyOf(path);
  if ((await putLinks.complete(key, uploadId, parts)) === 'done') return grant({ completed: path });
  // The answer to an earlier completion may have been lost; then the upload is over and its object stands.
  const there = (await objects.list(key)).some((stored) => stored.key === key && stored.bytes === bytes && stored.md5 === md5);
  return there ? grant({ completed: path }) : refuse(410, 'upload-not-whole');
}
