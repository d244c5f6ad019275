import type { Batch, BatchStatus, Job, JobStatus, Source, SOURCE_PHASES, Worker, WorkerStatus } from '../entities';
import type { Operation, OperationStatus } from '../operation';

export type SourcePhase = (typeof SOURCE_PHASES)[number];

export const BATCH_EVENTS = [
  'admit', // a worker was reserved for it
  'started', // its worker reported
  'work-ended', // its job ended in any way
  'complete', // settled: every run verified or linked
  'partial', // settled: what is missing is not tried again
  'retry', // settled: the next attempt waits for a slot
  'put-off', // the same, but the place of work was out of reach: this attempt does not count against the limit
  'ask-cancel', // a person wants it ended; what runs is stopped, swept and then settled
  'cancel', // a person or an abort ended it
  'supersede', // a newer plan took its place
] as const;
export const WORKER_EVENTS = [
  'created', // the provider answered with its reference, or the worker spoke
  'work-ended', // its job ended: to be swept
  'sweep', // a sweep takes the lease
  'sweep-failed', // to be tried again with back-off
  'swept', // all that was worth having is verified at home
  'hold', // sweeps failed for good
  'retry-sweep', // a person asked for another try of a held one
  'rescued', // a held one has put its results into the bucket, where they were found
  'rescue-refused', // it says so, but the bucket does not hold them
  'give-up', // what a held one has is let go: it can be made again
  'hold-overdue', // the hold is over, and nothing may end it but a person
  'vanished', // a held one is no more at its provider, and with it what it held
  'destroy', // asked to end
  'gone', // the provider says that it is no more
] as const;
export const JOB_EVENTS = ['started', 'finished', 'failed', 'lost', 'cancelled'] as const;
export const SOURCE_EVENTS = [
  'cycle-started',
  'plan-stored', // batches (or none) may be dispatched
  'approval-needed',
  'approved',
  'cycle-failed',
  'settled', // every batch of the newest plan is final: to be published
  'published',
  'publish-failed', // to be evaluated again
  'cancelled',
] as const;
export const OPERATION_EVENTS = ['finish', 'fail'] as const;

/** What the table speaks of. The status of a source is its phase; `lastRunStatus` follows from what publishing counts. */
export interface Lifecycles {
  readonly batch: { readonly item: Batch; readonly status: BatchStatus; readonly event: (typeof BATCH_EVENTS)[number] };
  readonly worker: { readonly item: Worker; readonly status: WorkerStatus; readonly event: (typeof WORKER_EVENTS)[number] };
  readonly job: { readonly item: Job; readonly status: JobStatus; readonly event: (typeof JOB_EVENTS)[number] };
  readonly source: { readonly item: Source; readonly status: SourcePhase; readonly event: (typeof SOURCE_EVENTS)[number] };
  readonly operation: { readonly item: Operation; readonly status: OperationStatus; readonly event: (typeof OPERATION_EVENTS)[number] };
}
export type Entity = keyof Lifecycles;
/** Entities whose changes are lines of a source's history; an operation belongs to no source. */
export type EntityOfSource = Exclude<Entity, 'operation'>;
export type ItemOf<E extends Entity> = Lifecycles[E]['item'];
export type StatusOf<E extends Entity> = Lifecycles[E]['status'];
export type EventOf<E extends Entity> = Lifecycles[E]['event'];

/** What guards and effects may look at: the item as it stands, and the time. */
export interface Context<E extends Entity> {
  readonly item: ItemOf<E>;
  readonly now: Date;
  /** Worker only: its work never started, or what it left is of no use, so ending it loses nothing (I5). */
  readonly nothingToSweep?: boolean;
  /** Worker only: what it holds can be made again from what others still serve. */
  readonly reproducible?: boolean;
}

/** A condition of a transition; `name` is what a refusal says. */
export interface Guard<E extends Entity> {
  readonly name: string;
  readonly holds: (context: Context<E>) => boolean;
}

/** Fields that change together with the status, whoever makes the change. */
export interface Effect<E extends Entity> {
  readonly name: string;
  readonly set?: (context: Context<E>) => Partial<ItemOf<E>>;
  readonly remove?: readonly (keyof ItemOf<E>)[];
}

export interface Transition<E extends Entity> {
  readonly entity: E;
  readonly from: StatusOf<E>;
  readonly event: EventOf<E>;
  readonly guards: readonly Guard<E>[];
  readonly to: StatusOf<E>;
  readonly effects: readonly Effect<E>[];
}
