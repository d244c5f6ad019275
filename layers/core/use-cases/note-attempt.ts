import type { Batch } from '../entities';
import type { Deps } from './deps';

/** Somebody may write in between; each try reads again. */
const TRIES = 5;

/**
 * Records what became of an attempt after its batch was settled without it, beside the cause that it ended with; its status stays. Safe to repeat: a cause
 * that stands is not written again. An attempt that the batch does not know is none.
 */
export async function noteAttempt(
  { stores, now }: Pick<Deps, 'stores' | 'now'>,
  { batchId, attempt }: { readonly batchId: string; readonly attempt: number },
  noted: { readonly cause: string; readonly detail: string; readonly actor: string },
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const batch = await stores.batches.get(batchId);
    const ended = batch?.attempts.find((one) => one.attempt === attempt);
    if (batch === undefined || ended === undefined || ended.cause === noted.cause) return;
    const detail = `${noted.detail} (${ended.cause}: ${ended.detail})`.slice(0, 500);
    const attempts: Batch['attempts'] = batch.attempts.map((one) => (one === ended ? { ...one, cause: noted.cause, detail } : one));
    const written = await stores.batches.change(batchId, {
      from: batch.status,
      set: { attempts },
      event: {
        ...{ entityId: batchId, sourceId: batch.sourceId, at: now().toISOString(), type: 'batch-attempt-noted' },
        ...{ actor: noted.actor, detail: `attempt ${attempt}: ${noted.cause}: ${noted.detail}` },
      },
    });
    if (written.outcome === 'written') return;
  }
}
