import { FINAL_BATCH_STATUSES, type Batch } from '../entities';

/** Is this attempt of the batch settled? The batch is final, waits for its next attempt, or stands at a later one already. Pure. */
export const isAttemptOver = (batch: Pick<Batch, 'status' | 'attempt'>, attempt: number): boolean =>
  batch.attempt !== attempt || batch.status === 'planned' || FINAL_BATCH_STATUSES.includes(batch.status);
