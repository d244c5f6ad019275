import { z } from 'zod';
import { reapWorkers, type ReapDeps } from '../../layers/core/reaping/reap-workers';
import { beginTidying } from '../../layers/core/reaping/tidying-lease';

/** `id` names the cycle: that of the rule's event, or that of the request of a person. */
export const Input = z.object({ id: z.string().min(1) });
export type Input = z.infer<typeof Input>;

export interface Output {
  /** *busy*: another cycle holds the lease; nothing was done. *incomplete*: parts failed, all others were done; the report names them. */
  readonly outcome: 'reaped' | 'incomplete' | 'busy';
  readonly id: string;
  readonly marked?: number;
  readonly acted?: number;
  readonly recovered?: number;
  readonly errors?: number;
  /** A day has passed since what is old was removed: this execution is to do it. */
  readonly tidy?: boolean;
}

const LEASE = 'reap-workers';
/** Longer than the function may run. */
const LEASE_SECONDS = 660;

/**
 * One cycle of the reaper, under a lease: of several that overlap one does it. Safe to repeat: marks are kept with the report alone, whose look comes first, and
 * each act ends nothing twice.
 */
export const reapWorkersHandler =
  (deps: ReapDeps) =>
  async ({ id }: Input): Promise<Output> => {
    const now = deps.now();
    if (!(await deps.stores.leases.take(LEASE, id, now.toISOString(), after(now, LEASE_SECONDS)))) return { outcome: 'busy', id };
    try {
      const tidy = await beginTidying(deps, id);
      const { marks, acted, recovered, errors } = await reapWorkers(deps, id);
      const counts = { marked: marks.length, acted: acted.length, recovered: recovered.length, errors: errors.length };
      return { outcome: errors.length > 0 ? 'incomplete' : 'reaped', id, ...counts, tidy };
    } finally {
      await deps.stores.leases.release(LEASE, id);
    }
  };

const after = (now: Date, seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();
