/** I8: every state that is not final has an owner, a deadline and a probe. docs/states.md is made from this, and from the table. */
import type { MachineName } from '../ports/outside';
import type { Entity, ItemOf, StatusOf } from './types';

interface Finals {
  readonly batch: 'complete' | 'partial' | 'cancelled' | 'superseded';
  readonly worker: 'gone';
  readonly job: 'finished' | 'failed' | 'lost' | 'cancelled';
  readonly source: never;
  readonly operation: 'done' | 'failed';
}
export type OpenStatus<E extends Entity> = Exclude<StatusOf<E>, Finals[E]>;

export interface Watched<E extends Entity> {
  /** Who moves it on; several: whichever it was made for. */
  readonly owner: MachineName | 'person' | readonly MachineName[];
  /** A time that its item carries, or in words; and what follows when that has passed. */
  readonly deadline: (keyof ItemOf<E> & string) | { readonly text: string };
  readonly then: string;
  /** Function that looks at the facts, whatever the owner does or says. */
  readonly probe: string;
}
type Watch = { readonly [E in Entity]: Readonly<Record<OpenStatus<E>, Watched<E>>> };

const attempt = (text: string): Watched<'batch'> => ({
  ...{ owner: 'process-batch', deadline: { text }, probe: 'run-tick' },
  then: 'an execution that is no more is started again; its worker’s deadline ends it',
});
const job = (text: string): Watched<'job'> => ({
  ...{ owner: ['process-batch', 'sweep-results', 'publish-source', 'tend-home'], deadline: 'deadline', probe: 'probe-jobs' },
  then: text,
});

export const WATCH: Watch = {
  batch: {
    planned: {
      ...{
        owner: 'heartbeat',
        probe: 'run-tick',
        then: 'its source is warned of it (`long-pending`); why it waits is told by `trawl show`',
      },
      deadline: { text: '`longPendingHours` of the configuration from when it was planned' },
    },
    dispatched: attempt('`startDeadline` of its worker, waited for four times'),
    running: attempt('`deadline` of its worker'),
    sweeping: attempt('six hours, ten times; then its worker is held'),
  },
  worker: {
    requested: {
      ...{ owner: 'process-batch', deadline: 'startDeadline', probe: 'probe-worker' },
      then: 'provider and cluster are asked, and it is waited for again, three times; then it is ended and counts against its place',
    },
    live: {
      ...{ owner: 'process-batch', deadline: 'deadline', probe: 'probe-jobs' },
      then: 'its job ends as *lost* once the provider or the cluster was asked; what it holds is swept. Before that, silence of one that keeps its results leads to early sweeps (ADR 0021)',
    },
    ready: {
      ...{ owner: 'sweep-results', deadline: 'nextSweepAt', probe: 'select-sweeps' },
      then: 'it is swept; after five failures (more in an outage) it is held',
    },
    sweeping: {
      ...{ owner: 'sweep-results', deadline: 'sweepLeaseUntil', probe: 'select-sweeps' },
      then: 'the next sweep takes the lease',
    },
    swept: {
      ...{ owner: 'process-batch', deadline: { text: 'five minutes (I4)' }, probe: 'reap-workers' },
      then: 'the reaper lets it go where no execution cares for it',
    },
    held: {
      ...{ owner: 'heartbeat', deadline: { text: '`holdHours` of the configuration from `heldAt`' }, probe: 'probe-jobs' },
      then: 'its results are rescued to the bucket, or given up where ENA still serves them, or a person is asked (I5)',
    },
    destroying: {
      ...{
        owner: 'heartbeat',
        deadline: { text: 'none but the provider’s 404; what it costs is reserved hour by hour' },
        probe: 'probe-jobs',
      },
      then: 'it is asked to end again, each minute',
    },
  },
  job: {
    requested: job('it is cancelled, or lost where nobody knows it; silence alone ends nothing'),
    started: job('it is told to stop, then cancelled; a report that lies at home or comes late still counts'),
  },
  source: {
    idle: {
      ...{ owner: 'heartbeat', deadline: 'nextCheckAt', probe: 'run-tick', then: 'its next cycle starts, when a place is free' },
    },
    listing: {
      ...{ owner: 'check-source', deadline: { text: 'eight hours, the machine’s own limit' }, probe: 'run-tick' },
      then: 'the cycle counts as failed; what was known stands',
    },
    'awaiting approval': {
      ...{ owner: 'person', deadline: 'nextCheckAt', probe: 'run-tick' },
      then: 'a new cycle runs; its plan replaces the one that waits',
    },
    running: {
      ...{ owner: ['process-batch', 'heartbeat'], deadline: { text: 'those of its batches' }, probe: 'run-tick' },
      then: 'it is looked at in every beat in which no worker of it lives, and published when nothing is left to wait for',
    },
    publishing: {
      ...{ owner: 'publish-source', deadline: { text: 'two hours, its wait for the job' }, probe: 'run-tick' },
      then: 'it is published anew, five times; then a person is asked',
    },
  },
  operation: {
    running: {
      ...{ owner: ['add-sources', 'export-runs', 'tend-home'], probe: 'run-tick' },
      ...{ deadline: { text: 'the limit of its machine: two hours; two days for each job that tends home' } },
      then: 'an execution that is no more is started again, or the operation fails',
    },
  },
};

export interface WatchLine extends Omit<Watched<Entity>, 'deadline'> {
  readonly status: string;
  readonly deadline: string | { readonly text: string };
}
/** The lines of one entity, in order. */
export const watchOf = (entity: Entity): readonly WatchLine[] =>
  Object.entries<WatchLine | Omit<WatchLine, 'status'>>(WATCH[entity]).map(([status, watched]) => ({ ...watched, status }));

/** Statuses of an entity that this machine alone moves on. */
export const ownedBy = <E extends Entity>(entity: E, machine: MachineName): readonly OpenStatus<E>[] =>
  watchOf(entity)
    .filter(({ owner }) => owner === machine)
    .map(({ status }) => status as OpenStatus<E>);
