import { z } from 'zod';
import { dispatchPlanned, type DispatchSummary, type PlannedDeps } from '../../layers/core/dispatch/dispatch-planned';
import { isolation } from '../../layers/core/use-cases/isolate';
import { answerAgain, cancelRequested, repairStarts } from '../../layers/core/use-cases/reconcile-batches';
import { reconcileSources, type SourcesReconciled } from '../../layers/core/use-cases/reconcile-sources';
import { needsProbe, PROBE_LIMIT, PROBE_SETTINGS } from '../../layers/core/use-cases/probe-jobs';

/** `id` names the tick: that of the rule's event, or whatever started the machine by hand. */
export const Input = z.object({ id: z.string().min(1) });
export type Input = z.infer<typeof Input>;

export interface Output {
  /** *probe*: there are jobs or workers to ask the cluster about. */
  readonly outcome: 'idle' | 'probe';
  /** Another tick holds the lease; nothing was done. */
  readonly skipped: boolean;
  readonly sources?: SourcesReconciled;
  readonly dispatch?: DispatchSummary;
  readonly cancelled?: number;
  readonly repairedStarts?: number;
  readonly answeredAgain?: number;
}

const LEASE = 'heartbeat';
/** Longer than the function may run. */
const LEASE_SECONDS = 360;

/**
 * One beat: starts due cycles, dispatches planned batches into free slots, repeats what was lost. Running it twice, or at once, is
 * safe: a lease lets one tick through, and every step is conditional by itself.
 * @throws TickIncompleteError when parts failed; all others were done
 */
export const runTickHandler =
  (deps: Omit<PlannedDeps, 'isolate'>) =>
  async ({ id }: Input): Promise<Output> => {
    const now = deps.now();
    const until = new Date(now.getTime() + LEASE_SECONDS * 1000).toISOString();
    if (!(await deps.stores.leases.take(LEASE, id, now.toISOString(), until))) return { outcome: 'idle', skipped: true };
    const { isolate, raise } = isolation();
    try {
      const output = await beat({ ...deps, isolate });
      raise();
      return output;
    } finally {
      await deps.stores.leases.release(LEASE, id);
    }
  };

async function beat(deps: PlannedDeps): Promise<Output> {
  const alive = await deps.stores.workers.alive();
  const cancelled = await cancelRequested(deps);
  const repairedStarts = await repairStarts(deps);
  const answeredAgain = await answerAgain(deps, alive);
  const sources = await reconcileSources(deps, deps.caps.cyclesAtOnce);
  const dispatch = await dispatchPlanned(deps);
  const open = await deps.stores.jobs.open(PROBE_LIMIT);
  const toProbe =
    alive.some(({ status }) => status === 'destroying') || open.some((job) => needsProbe(job, deps.now(), PROBE_SETTINGS.silentSeconds));
  return { outcome: toProbe ? 'probe' : 'idle', skipped: false, sources, dispatch, cancelled, repairedStarts, answeredAgain };
}
