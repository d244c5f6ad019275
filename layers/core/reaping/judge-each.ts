import { batchIdOfWorker } from '../ids';
import type { Deps } from '../use-cases/deps';
import type { Isolate } from '../use-cases/isolate';
import { runJobOf } from '../use-cases/needed';
import type { Belongs, ReapRules, Suspicion } from './suspects';

export type LookDeps = Pick<Deps, 'stores' | 'machines' | 'gate' | 'providers' | 'now' | 'installation'> & {
  readonly isolate: Isolate;
  readonly rules: ReapRules;
};
export interface Looked {
  readonly suspicions: readonly Suspicion[];
  /** Every item could be read. */
  readonly isWhole: boolean;
}

/** One item whose facts cannot be read does not stop the others. */
export async function judgeEach<T>(
  { isolate }: Pick<LookDeps, 'isolate'>,
  items: readonly T[],
  nameOf: (item: T) => string,
  judge: (item: T) => Promise<Suspicion | undefined>,
): Promise<Looked> {
  const suspicions: Suspicion[] = [];
  let read = 0;
  for (const item of items) {
    const suspicion = await isolate(nameOf(item), async () => {
      const judged = await judge(item);
      read += 1;
      return judged;
    });
    if (suspicion !== undefined) suspicions.push(suspicion);
  }
  return { suspicions, isWhole: read === items.length };
}

export async function belongingTo({ stores }: LookDeps, workerId: string): Promise<Belongs> {
  const worker = await stores.workers.get(workerId);
  const [batch, job] = await Promise.all([stores.batches.get(batchIdOfWorker(workerId)), runJobOf({ stores }, workerId)]);
  return { worker, batch, job };
}
