import { createWriteTransaction } from 'electrodb';
import { StoreBusyError } from '../../core/errors';

interface Transaction {
  go(): Promise<{
    readonly canceled: boolean;
    readonly data: readonly { readonly code: string; readonly item: unknown }[];
  }>;
}
/** `items`: what stands now where a condition failed, by place in the transaction; `failed` tells a failed place without an item. */
export type Transacted =
  { readonly outcome: 'done' } | { readonly outcome: 'rejected'; readonly failed: readonly boolean[]; readonly items: readonly unknown[] };

export const TRIES = 12;
const FIRST_WAIT_MS = 15;
const LONGEST_WAIT_MS = 400;

/**
 * Runs a transaction. A failed condition is an answer; another writer on the same item at the same moment is not: DynamoDB
 * then cancels without judging the conditions, so the same transaction is put again, up to 12 times within about three seconds.
 * @param entities every entity that `items` (what `commit` of a chain returns) belong to, by any name
 * @throws StoreBusyError when it never came to a judgement
 */
export const transact = async (entities: object, items: readonly unknown[]): Promise<Transacted> => {
  const transaction: Transaction = createWriteTransaction(entities as never, () => items as never);
  let codes: readonly string[] = [];
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const { canceled, data } = await transaction.go();
    if (!canceled) return { outcome: 'done' };
    codes = data.map(({ code }) => code);
    const failed = codes.map((code) => code === 'ConditionalCheckFailed');
    if (failed.includes(true)) return { outcome: 'rejected', failed, items: data.map(({ item }) => item) };
    await pause(attempt);
  }
  throw new StoreBusyError([...new Set(codes)].join(', '));
};

/** Before the next of such tries; longer each time, and not as long as anybody else's. @param attempt from 0 */
export async function pause(attempt: number): Promise<void> {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  await new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
}
