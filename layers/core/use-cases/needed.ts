import type { Batch, Worker } from '../entities';
import { ObjectMissingError, RecordMissingError } from '../errors';
import { AttemptManifest } from '../wire';
import type { Deps } from './deps';
import { manifestKeyOf } from './keys';

/** Records that stand by the order of events. @throws RecordMissingError */
export async function neededWorker(deps: Pick<Deps, 'stores'>, workerId: string): Promise<Worker> {
  const worker = await deps.stores.workers.get(workerId);
  if (!worker) throw new RecordMissingError('worker', workerId);
  return worker;
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
