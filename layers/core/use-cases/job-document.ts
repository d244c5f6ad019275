import type { Job } from '../entities';
import { jobKeyOf } from '../ids';
import type { Created, WorkerRequest } from '../ports/outside';
import type { Deps } from './deps';
import { documentKeyOf } from './keys';

type WriteDeps = Pick<Deps, 'stores' | 'objects' | 'now' | 'installation'>;
type DocumentDeps = WriteDeps & Pick<Deps, 'gate'>;
type Prepared = { readonly outcome: 'ready'; readonly askedBefore: boolean } | Extract<Created, { outcome: 'failed' }>;

/**
 * For a worker whose results lie on itself: puts the job's document where the worker fetches it, with the cluster's key that may pull from it, and
 * notes on the job that the provider is about to be asked (the intent). Safe to repeat: the document is written whole, and the first time of asking stays.
 * @returns whether the provider was asked before, or why the worker cannot be made now
 */
export async function prepareDocument(deps: DocumentDeps, job: Job, request: WorkerRequest): Promise<Prepared> {
  if (job.createAskedAt !== undefined) return { outcome: 'ready', askedBefore: true };
  const asked = await deps.gate.capabilities();
  if (asked.outcome === 'unknown') return { outcome: 'failed', reason: 'unreachable', detail: asked.detail, retry: 'later' };
  const publicKey = asked.answer.pullKey;
  if (typeof publicKey !== 'string') {
    const detail = 'the cluster has no key to pull with: run slurm/install-kit.sh on the head node';
    return { outcome: 'failed', reason: 'pull-key-missing', detail, retry: 'never' };
  }
  await writeDocument(deps, request, { pull: { publicKey } });
  await deps.stores.jobs.note(job.jobId, { createAskedAt: deps.now().toISOString(), documentKey: documentKeyOf(request.workerId) });
  return { outcome: 'ready', askedBefore: false };
}

/** The same for a worker that puts its results into the bucket: the cluster has no part in it. */
export async function prepareBringing(deps: WriteDeps, job: Job, request: WorkerRequest): Promise<Prepared> {
  if (job.createAskedAt !== undefined) return { outcome: 'ready', askedBefore: true };
  await writeDocument(deps, request, { bring: true });
  const documentKey = documentKeyOf(request.workerId);
  await deps.stores.jobs.note(job.jobId, { createAskedAt: deps.now().toISOString(), documentKey, bringsResults: true });
  return { outcome: 'ready', askedBefore: false };
}

const writeDocument = (deps: WriteDeps, request: WorkerRequest, way: Readonly<Record<string, unknown>>): Promise<void> =>
  deps.objects.putJson(documentKeyOf(request.workerId), {
    v: 1,
    jobId: request.jobId,
    key: jobKeyOf(deps.installation, request.jobId),
    kind: 'run',
    deadlineEpochSeconds: Math.floor(request.deadline.getTime() / 1000),
    resources: request.resources,
    // What earlier workers staged went with them.
    spec: { ...request.spec, reuse: [], ...way },
  });
