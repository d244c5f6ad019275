import type { Job, Source, Worker, Batch, BatchStatus, JobStatus, WorkerStatus } from '../entities';
import type { HistoryEvent } from '../records';
import { nextStatus, type NextStatus } from '../lifecycle/table';
import type { EntityOfSource as Entity, EventOf, ItemOf, StatusOf } from '../lifecycle/types';
import type { Clock } from '../ports/outside';
import type { BatchStore, Change, JobStore, SourceStore, WorkerStore, Written } from '../ports/stores';

export interface Intent<T> {
  /** Who causes it, as shown in the history: a function's name, `callback`, or a person's token name. */
  readonly actor: string;
  readonly detail?: string;
  readonly set?: Partial<T>;
  readonly remove?: readonly (keyof T)[];
  /** Equalities that must hold besides the status, for example the attempt (I7). */
  readonly where?: Partial<T>;
  /** Worker only: see the guards of these names. */
  readonly nothingToSweep?: boolean;
  readonly reproducible?: boolean;
}
/** `refused` is expected: the event came twice, too late, or a guard does not hold (`by`). `item`: what stands there. */
export type Changed<T> =
  { readonly outcome: 'changed'; readonly item: T } | { readonly outcome: 'refused'; readonly by: readonly string[]; readonly item?: T };

export type Built<E extends Entity> =
  | { readonly outcome: 'allowed'; readonly change: Change<ItemOf<E>, StatusOf<E>> }
  | { readonly outcome: 'refused'; readonly by: readonly string[] };

const statusOf = <E extends Entity>(entity: E, item: ItemOf<E>): StatusOf<E> =>
  entity === 'source' ? (item as Source).phase : (item as Batch | Worker | Job).status;
const idOf = <E extends Entity>(entity: E, item: ItemOf<E>): string =>
  ({ batch: (item as Batch).batchId, worker: (item as Worker).workerId, job: (item as Job).jobId, source: (item as Source).sourceId })[
    entity
  ];

/** The conditional write that an event means for this item: status, the row's effects, the caller's fields and the history line. Pure. */
export function buildChange<E extends Entity>(
  entity: E,
  item: ItemOf<E>,
  event: EventOf<E>,
  now: Date,
  intent: Intent<ItemOf<E>>,
  decide: NextStatus = nextStatus,
): Built<E> {
  const from = statusOf(entity, item);
  const { nothingToSweep = false, reproducible = false } = intent;
  const context = { item, now, nothingToSweep, reproducible };
  const next = decide(entity, from, event, context);
  if (next.outcome === 'refused') return next;
  const fields = Object.assign({}, ...next.effects.map((effect) => effect.set?.(context) ?? {}), intent.set) as Partial<ItemOf<E>>;
  const status = { [entity === 'source' ? 'phase' : 'status']: next.to } as Partial<ItemOf<E>>;
  const set = { ...fields, ...status };
  const remove = [...next.effects.flatMap((effect) => effect.remove ?? []), ...(intent.remove ?? [])].filter((field) => !(field in set));
  const history: HistoryEvent = {
    entityId: idOf(entity, item),
    sourceId: item.sourceId,
    at: now.toISOString(),
    type: `${entity}-${event}`,
    from,
    to: next.to,
    actor: intent.actor,
    ...(intent.detail === undefined ? {} : { detail: intent.detail }),
  };
  return {
    outcome: 'allowed',
    change: { from, set, event: history, ...(remove.length === 0 ? {} : { remove }), ...(intent.where ? { where: intent.where } : {}) },
  };
}

/** Another writer may come between reading and writing; each try reads again, and the table decides anew. */
const TRIES = 5;

async function changeStatus<E extends Entity>(
  entity: E,
  event: EventOf<E>,
  now: Clock,
  intent: Intent<ItemOf<E>>,
  get: () => Promise<ItemOf<E> | undefined>,
  write: (change: Change<ItemOf<E>, StatusOf<E>>, before: ItemOf<E>) => Promise<Written<ItemOf<E>>>,
): Promise<Changed<ItemOf<E>>> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const item = await get();
    if (!item) return { outcome: 'refused', by: ['missing'] };
    const strayed = Object.entries(intent.where ?? {}).filter(([field, value]) => item[field as keyof ItemOf<E>] !== value);
    if (strayed.length > 0) return { outcome: 'refused', by: strayed.map(([field]) => field), item };
    const built = buildChange(entity, item, event, now(), intent);
    if (built.outcome === 'refused') return { ...built, item };
    const written = await write(built.change, item);
    if (written.outcome === 'written') return { outcome: 'changed', item: written.item };
  }
  return { outcome: 'refused', by: ['contended'] };
}

interface With<S> {
  readonly now: Clock;
  readonly stores: S;
}

/** Changes a batch along the table. Safe to repeat: the second time the row is not there and the answer is *refused*. */
export const changeBatch = (
  { now, stores }: With<{ readonly batches: BatchStore }>,
  batchId: string,
  event: EventOf<'batch'>,
  intent: Intent<Batch>,
): Promise<Changed<Batch>> =>
  changeStatus(
    'batch',
    event,
    now,
    intent,
    () => stores.batches.get(batchId),
    (change: Change<Batch, BatchStatus>) => stores.batches.change(batchId, change),
  );

/** Changes a worker along the table. *gone* has counters to move and goes through `WorkerStore.free` instead. Safe to repeat. */
export const changeWorker = (
  { now, stores }: With<{ readonly workers: WorkerStore }>,
  workerId: string,
  event: Exclude<EventOf<'worker'>, 'gone'>,
  intent: Intent<Worker>,
): Promise<Changed<Worker>> =>
  changeStatus(
    'worker',
    event,
    now,
    intent,
    () => stores.workers.get(workerId),
    (change: Change<Worker, WorkerStatus>) => stores.workers.change(workerId, change),
  );

/** Changes a job along the table. Safe to repeat. */
export const changeJob = (
  { now, stores }: With<{ readonly jobs: JobStore }>,
  jobId: string,
  event: EventOf<'job'>,
  intent: Intent<Job>,
): Promise<Changed<Job>> =>
  changeStatus(
    'job',
    event,
    now,
    intent,
    () => stores.jobs.get(jobId),
    (change: Change<Job, JobStatus>) => stores.jobs.change(jobId, change),
  );

/** Changes the phase of a source along the table, under its version. Safe to repeat. */
export const changeSource = (
  { now, stores }: With<{ readonly sources: SourceStore }>,
  sourceId: string,
  event: EventOf<'source'>,
  intent: Intent<Source>,
): Promise<Changed<Source>> =>
  changeStatus(
    'source',
    event,
    now,
    intent,
    () => stores.sources.get(sourceId),
    ({ set, event: history, remove }, before) => stores.sources.change(before, set, history, remove),
  );
