/** What a number decides, and whom it picks. */
import type { Batch, Source, WorkerStatus } from '../../../../../layers/core/entities';
import { inMotion, isOpen, machinesOf, type World } from './world';

/** Draws from one number: what is left of it after each draw is the next one's. */
export class Choices {
  constructor(private left: number) {}
  below(limit: number): number {
    const drawn = this.left % limit;
    this.left = Math.floor(this.left / limit);
    return drawn;
  }
  oneOf<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : list[this.below(list.length)];
  }
  /** True once in so many. */
  rarely(often: number): boolean {
    return this.below(often) === 0;
  }
}

/** Mostly one for whom the step is meant; now and then any, since who comes late or twice does not know. */
export function aimed<T>(choices: Choices, all: readonly T[], meant: (one: T) => boolean): T | undefined {
  const fitting = choices.rarely(6) ? [] : all.filter(meant);
  return choices.oneOf(fitting.length > 0 ? fitting : all);
}
export const someSource = (world: World, choices: Choices, meant: (source: Source) => boolean): string =>
  aimed(choices, [...world.sources.values()], meant)?.sourceId ?? '';
export const someWorker = (world: World, choices: Choices, ...meant: readonly WorkerStatus[]): string =>
  aimed(choices, [...world.workers.values()], ({ status }) => meant.includes(status))?.workerId ?? '';
export const someBatch = (world: World, choices: Choices, meant: (batch: Batch) => boolean): string =>
  aimed(choices, [...world.batches.values()], meant)?.batchId ?? '';
/** Whose job is over, and that no settlement has seen. */
export const toSettle = (world: World, choices: Choices): string =>
  aimed(choices, [...world.workers.values()], ({ workerId, batchId, attempt, status }) => {
    const batch = world.batches.get(batchId);
    return batch !== undefined && inMotion(batch) && batch.attempt === attempt && !isOpen(world.jobs.get(workerId)) && status !== 'ready';
  })?.workerId ?? '';

/** Asked for, and not seen since. */
export const unheard = (world: World, choices: Choices): string =>
  aimed(
    choices,
    [...world.workers.values()],
    ({ workerId }) => isOpen(world.jobs.get(workerId)) && machinesOf(world, workerId).length === 0,
  )?.workerId ?? '';
/** Whose job is over, and whose execution has not noticed yet. */
export const ended = (world: World, choices: Choices): string =>
  aimed(choices, [...world.workers.values()], ({ workerId, status }) => {
    const job = world.jobs.get(workerId);
    return (
      job?.startedAt !== undefined &&
      !isOpen(job) &&
      (status === 'requested' || status === 'live' || (status === 'ready' && job.cause === 'machine-gone'))
    );
  })?.workerId ?? '';

export const listing = (world: World, choices: Choices): string => someSource(world, choices, ({ phase }) => phase === 'listing');
export const toPublish = ({ phase }: Source): boolean => phase === 'publishing' || phase === 'running';
