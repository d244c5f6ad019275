import { ZodError } from 'zod';
import type { Batch, Job, Worker } from '../entities';
import { ObjectMissingError, PlanUnreadableError, ProviderUnknownError, RecordMissingError } from '../errors';
import type { WorkerProvider } from '../ports/outside';
import { AttemptManifest, BatchPlan } from '../wire';
import type { Stages } from '../workflows/stages-of';
import type { Deps } from './deps';
import { manifestKeyOf } from './keys';

/** Records that stand by the order of events. @throws RecordMissingError */
export async function neededWorker(deps: Pick<Deps, 'stores'>, workerId: string): Promise<Worker> {
  const worker = await deps.stores.workers.get(workerId);
  if (!worker) throw new RecordMissingError('worker', workerId);
  return worker;
}
/** Who gave the worker. @throws ProviderUnknownError */
export function neededProvider({ providers }: Pick<Deps, 'providers'>, { provider }: Pick<Worker, 'provider'>): WorkerProvider {
  const found = providers.get(provider);
  if (!found) throw new ProviderUnknownError(provider);
  return found;
}
/** The job that does the work of a worker; undefined before it is prepared. */
export async function runJobOf(deps: { readonly stores: Pick<Deps['stores'], 'jobs'> }, workerId: string): Promise<Job | undefined> {
  return (await deps.stores.jobs.ofWorker(workerId)).find(({ kind }) => kind === 'run');
}
/** @throws RecordMissingError */
export async function neededBatch(deps: Pick<Deps, 'stores'>, batchId: string): Promise<Batch> {
  const batch = await deps.stores.batches.get(batchId);
  if (!batch) throw new RecordMissingError('batch', batchId);
  return batch;
}
/** What the attempt may do, as its dispatch wrote it. @throws ObjectMissingError */
export async function neededManifest(deps: Pick<Deps, 'objects'>, workerId: string): Promise<AttemptManifest> {
  const manifest = await deps.objects.getJson(manifestKeyOf(workerId), AttemptManifest);
  if (!manifest) throw new ObjectMissingError(manifestKeyOf(workerId));
  return manifest;
}
/** The stored plan of a batch and all its stages. @throws PlanUnreadableError when it is gone, or is no plan */
export async function neededPlan(
  deps: Pick<Deps, 'objects'>,
  { planKey }: Pick<Batch, 'planKey'>,
): Promise<{ readonly plan: BatchPlan; readonly stages: Stages }> {
  try {
    const plan = await deps.objects.getJson(planKey, BatchPlan);
    const [first, ...others] = plan?.stages ?? [];
    if (plan && first) return { plan, stages: [first, ...others] };
  } catch (error) {
    if (error instanceof ZodError || error instanceof SyntaxError) throw new PlanUnreadableError(planKey, { cause: error });
    throw error;
  }
  throw new PlanUnreadableError(planKey);
}
