import { z } from 'zod';
import type { WorkerStatus } from '../../layers/core/entities';
import { dispatchPlanned, type DispatchSummary, type PlannedDeps } from '../../layers/core/dispatch/dispatch-planned';
import { noteLongPending, stateBeatWarnings, type Found } from '../../layers/core/use-cases/beat-warnings';
import { ownedBy } from '../../layers/core/lifecycle/watch';
import { reconcileTending } from '../../layers/core/home/reconcile-tending';
import { isolation } from '../../layers/core/use-cases/isolate';
import { answerAgain, cancelRequested, repairStarts } from '../../layers/core/use-cases/reconcile-batches';
import { reconcileOperations } from '../../layers/core/use-cases/settle-operation';
import { everySource, reconcileSources, type SourcesReconciled } from '../../layers/core/use-cases/reconcile-sources';
import { raiseReservations } from '../../layers/core/use-cases/raise-reservations';
import { needsProbe, PROBE_LIMIT, PROBE_SETTINGS } from '../../layers/core/use-cases/probe-jobs';

/** `id` names the tick: that of the rule's event, or whatever kicked it. `again`: how often a kick may still look for the lease. */
export const Input = z.object({ id: z.string().min(1), again: z.number().int().min(0).default(0) });
export type Input = z.infer<typeof Input>;

export interface Output {
  /** *probe*: there are jobs or workers to ask the cluster about. *busy*: another tick holds the lease; nothing was done. */
  readonly outcome: 'idle' | 'probe' | 'busy';
  /** The input of the next look, where the answer is *busy* and looks are left. */
  readonly next?: Input;
  readonly sources?: SourcesReconciled;
  readonly dispatch?: DispatchSummary;
  /** Sources whose warnings of waiting were written anew. */
  readonly warned?: number;
  readonly cancelled?: number;
  /** Workers that live longer than was thought, and for which more is reserved now. */
  readonly reservationsRaised?: number;
  readonly repairedStarts?: number;
  readonly answeredAgain?: number;
  /** Operations whose execution was started again, or had ended unheard. */
  readonly operations?: number;
}

export type TickDeps = Omit<PlannedDeps, 'isolate'>;
/** What ProbeJobs cares for: it confirms ends, and ends holds. */
const TO_PROBE: readonly WorkerStatus[] = ownedBy('worker', 'heartbeat');
const LEASE = 'heartbeat';
/** Longer than the function may run. */
const LEASE_SECONDS = 360;

/**
 * One beat: starts due cycles, dispatches planned batches into free slots, repeats what was lost. Running it twice, or at once, is
 * safe: a lease lets one tick through, and every step is conditional by itself.
 * @throws TickIncompleteError when parts failed; all others were done
 */
export const runTickHandler =
  (deps: TickDeps) =>
  async ({ id, again }: Input): Promise<Output> => {
    const now = deps.now();
    const until = new Date(now.getTime() + LEASE_SECONDS * 1000).toISOString();
    if (!(await deps.stores.leases.take(LEASE, id, now.toISOString(), until))) {
      // The schedule's own tick comes again in a minute; a kick has something to do that the running tick may have looked past.
      return again > 0 ? { outcome: 'busy', next: { id, again: again - 1 } } : { outcome: 'idle' };
    }
    const { isolate, raise } = isolation();
    try {
      const output = await beat({ ...deps, isolate });
      raise();
      return output;
    } finally {
      await deps.stores.leases.release(LEASE, id);
    }
  };

async function beat(deps: PlannedDeps & TickDeps): Promise<Output> {
  const alive = await deps.stores.workers.alive();
  const reservationsRaised = await raiseReservations(deps, alive);
  const cancelled = await cancelRequested(deps);
  const repairedStarts = await repairStarts(deps);
  const answeredAgain = await answerAgain(deps, alive);
  const operations = await reconcileOperations(deps);
  await reconcileTending(deps);
  const all = await everySource(deps);
  const sources = await reconcileSources(deps, deps.caps.cyclesAtOnce, all);
  const found: Found = new Map();
  const dispatch = await dispatchPlanned(deps, found);
  await noteLongPending(deps, alive, found);
  const warned = await stateBeatWarnings(deps, all, found);
  const open = await deps.stores.jobs.open(PROBE_LIMIT);
  const toProbe =
    alive.some(({ status }) => TO_PROBE.includes(status)) || open.some((job) => needsProbe(job, deps.now(), PROBE_SETTINGS.silentSeconds));
  const repaired = { cancelled, repairedStarts, answeredAgain, operations, reservationsRaised };
  return { outcome: toProbe ? 'probe' : 'idle', sources, dispatch, warned, ...repaired };
}
