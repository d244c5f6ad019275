import type { Source } from '../entities';
import { isIdentity, slug } from '../ids';
import { isServed } from '../sources/priority';
import { changeSource } from './change-status';
import type { Deps } from './deps';
import { settleExecution, type SettleExecutionDeps } from './settle-execution';

export const cycleNameOf = (sourceId: string, cycle: number): string => `${slug(sourceId)}.${cycle}`;

/** After this long an execution that ended without settling its cycle is settled by the tick. */
const UNSETTLED_SECONDS = 300;

export type CycleStarted =
  { readonly outcome: 'started'; readonly cycle: number } | { readonly outcome: 'refused'; readonly by: readonly string[] };
type CycleDeps = Pick<Deps, 'stores' | 'machines' | 'now'>;

/**
 * Starts the next cycle of a source: one conditional write (under the version that was read), then the execution by its name. Two that
 * try at once start one cycle. When the write stands and the start is lost, `repairCycle` of the next tick repeats the start.
 */
export async function startCycle(deps: CycleDeps, source: Source, actor = 'run-tick'): Promise<CycleStarted> {
  const cycle = source.cycle + 1;
  const changed = await changeSource(deps, source.sourceId, 'cycle-started', {
    actor,
    detail: `cycle ${cycle}`,
    where: { version: source.version },
    set: {
      cycle,
      cycleRunning: true,
      cycleStartedAt: deps.now().toISOString(),
      checkRequested: false,
      pool: source.checkRequested ? 'manual' : 'scheduled',
      lastRunStatus: 'in progress',
    },
  });
  if (changed.outcome === 'refused') return changed;
  await start(deps, source.sourceId, cycle);
  return { outcome: 'started', cycle };
}

const start = (deps: CycleDeps, sourceId: string, cycle: number) =>
  deps.machines.start('check-source', cycleNameOf(sourceId, cycle), { sourceId, cycle });

/**
 * A source that says its cycle runs: starts the execution where there is none, and frees the source where the execution ended long ago
 * without saying so. Safe to repeat: the name starts once, the end holds for this cycle only.
 */
export async function repairCycle(deps: SettleExecutionDeps, source: Source): Promise<'running' | 'started-again' | 'freed'> {
  const { sourceId, cycle } = source;
  const status = await deps.machines.status('check-source', cycleNameOf(sourceId, cycle));
  if (status === undefined) {
    await start(deps, sourceId, cycle);
    return 'started-again';
  }
  const age = deps.now().getTime() - Date.parse(source.cycleStartedAt ?? source.createdAt);
  if (status === 'RUNNING' || age < UNSETTLED_SECONDS * 1000) return 'running';
  const settled = await settleExecution(deps, { machine: 'check-source', name: cycleNameOf(sourceId, cycle), status });
  return settled.outcome === 'settled' ? 'freed' : 'running';
}

/** A source may start a cycle: nothing of it is in motion, and nobody stopped it. */
export const mayStartCycle = (source: Source): boolean =>
  !source.cycleRunning &&
  !source.paused &&
  isServed(source.priority) &&
  isIdentity(source.sourceId) &&
  source.needsAttention === undefined &&
  (source.phase === 'idle' || source.phase === 'awaiting approval');

/** Asked for by a person first, then by priority, then never checked, then the oldest check. */
export const cycleOrder = (one: Source, other: Source): number =>
  Number(other.checkRequested) - Number(one.checkRequested) ||
  other.priority - one.priority ||
  (one.lastCheckedAt ?? '').localeCompare(other.lastCheckedAt ?? '') ||
  one.sourceId.localeCompare(other.sourceId);
