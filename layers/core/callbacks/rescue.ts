import { z } from 'zod';
import type { Job } from '../entities';
import { JobId } from '../ids';
import { changeWorker } from '../use-cases/change-status';
import type { Deps } from '../use-cases/deps';
import { jsonOf } from './json';
import { attemptKeyOf, sameSecret, signatureOf } from './keys';

/** Relative to the worker's staging; no part of it begins with a dot. */
const StagedPath = z.string().regex(/^([A-Za-z0-9_][A-Za-z0-9._+=@,-]*\/){0,4}[A-Za-z0-9_][A-Za-z0-9._+=@,-]{0,200}$/);
/** No single PUT takes more. */
const MAX_PUT_BYTES = 5e9;
export const LinksRequest = z.object({
  v: z.literal(1),
  files: z
    .array(z.object({ path: StagedPath, bytes: z.number().int().nonnegative().max(MAX_PUT_BYTES) }))
    .min(1)
    .max(100),
});
const Rescued = z.object({
  files: z.number().int().nonnegative(),
  bytes: z.number().nonnegative(),
  failed: z.number().int().nonnegative(),
});

export const rescuedKeyOf = (workerId: string, path: string): string => `rescued/${workerId}/${path}`;

type RescueDeps = Pick<Deps, 'stores' | 'now'> & {
  readonly master: () => Promise<string>;
  /** A link under which this object may be put for a short while. */
  readonly putLink: (key: string) => Promise<string>;
};
export type LinksAnswer =
  | { readonly outcome: 'granted'; readonly links: readonly { readonly path: string; readonly url: string }[] }
  | { readonly outcome: 'refused'; readonly status: 401 | 404 | 409 | 422; readonly reason: string };

/**
 * Links for a held worker that was told to put its results into the bucket; signed as a callback of this path. Reads only: a link asked for twice is
 * a link to the same object.
 */
export async function grantLinks(
  deps: RescueDeps,
  request: { readonly jobId: string; readonly path: string; readonly rawBody: Buffer; readonly signature: string | undefined },
): Promise<LinksAnswer> {
  const job = JobId.safeParse(request.jobId).success ? await deps.stores.jobs.get(request.jobId) : undefined;
  if (job?.workerId === undefined) return { outcome: 'refused', status: 404, reason: 'unknown-job' };
  const key = attemptKeyOf(await deps.master(), job.jobId, job.attempt);
  if (!sameSecret(signatureOf(key, request.path, request.rawBody), request.signature ?? ''))
    return { outcome: 'refused', status: 401, reason: 'bad-signature' };
  const parsed = LinksRequest.safeParse(jsonOf(request.rawBody));
  if (!parsed.success) return { outcome: 'refused', status: 422, reason: 'bad-request' };
  const worker = await deps.stores.workers.get(job.workerId);
  if (worker?.status !== 'held' || job.rescueRequestedAt === undefined)
    return { outcome: 'refused', status: 409, reason: 'no-rescue-asked' };
  const links = await Promise.all(
    parsed.data.files.map(async ({ path }) => ({ path, url: await deps.putLink(rescuedKeyOf(worker.workerId, path)) })),
  );
  return { outcome: 'granted', links };
}

/**
 * The worker says that its results lie in the bucket: all of them, and it is let go; fewer, and it stays held. Safe to repeat: the change of status is
 * refused the second time.
 */
export async function noteRescued(
  deps: Pick<Deps, 'stores' | 'now'>,
  job: Job,
  body: Readonly<Record<string, unknown>>,
): Promise<'let-go' | 'still-held' | 'refused'> {
  const said = Rescued.safeParse(body);
  if (!said.success || job.workerId === undefined || job.rescueRequestedAt === undefined) return 'refused';
  const { files, bytes, failed } = said.data;
  if (failed > 0) return 'still-held';
  const detail = `${files} files, ${bytes} bytes under rescued/${job.workerId}/`;
  const changed = await changeWorker(deps, job.workerId, 'rescued', { actor: 'accept-callback', detail });
  return changed.outcome === 'changed' ? 'let-go' : 'refused';
}
