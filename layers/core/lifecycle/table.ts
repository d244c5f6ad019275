/**
 * Every change of status in Trawl is a row here (contract 10). A row that is not here does not happen: `nextStatus` refuses it, and the
 * write that follows is conditional on `from`. docs/states.md is drawn from it (`npm run states`).
 */
import {
  countSweepFailure,
  dueNow,
  forgetHold,
  forgetSweepFailures,
  freeLease,
  nextAttempt,
  nextSweep,
  rememberCancel,
  spareAttempt,
  stampEnded,
  stampGone,
  stampHeld,
  stampOver,
  stampOverdue,
  stampSettled,
  stampStarted,
} from './effects';
import { approvalWaits, attemptsLeft, backedOff, leaseFree, notCancelled, nothingToSweep, reproducible, sweepDue } from './guards';
import type { Context, Effect, Entity, EventOf, Guard, StatusOf, Transition } from './types';

interface Extras<E extends Entity> {
  readonly guards?: readonly Guard<E>[];
  readonly effects?: readonly Effect<E>[];
}

const rowsOf =
  <E extends Entity>(entity: E) =>
  (from: readonly StatusOf<E>[], event: EventOf<E>, to: StatusOf<E>, extras: Extras<E> = {}): readonly Transition<E>[] =>
    from.map((one) => ({ entity, from: one, event, to, guards: extras.guards ?? [], effects: extras.effects ?? [] }));

const batch = rowsOf('batch');
const worker = rowsOf('worker');
const job = rowsOf('job');
const source = rowsOf('source');
const operation = rowsOf('operation');
const settled = { effects: [stampSettled] };
const ended = { effects: [stampEnded] };

export const BATCH_TABLE: readonly Transition<'batch'>[] = [
  ...batch(['planned'], 'admit', 'dispatched', { guards: [attemptsLeft, notCancelled, backedOff], effects: [nextAttempt] }),
  ...batch(['planned'], 'supersede', 'superseded', settled),
  ...batch(['dispatched'], 'started', 'running'),
  ...batch(['dispatched', 'running'], 'work-ended', 'sweeping'),
  // From *planned*: every run of it was linked or verified elsewhere by the time it was to be dispatched.
  ...batch(['planned', 'dispatched', 'running', 'sweeping'], 'complete', 'complete', settled),
  // From *planned*: the stages before it failed every run of it.
  ...batch(['planned', 'dispatched', 'running', 'sweeping'], 'partial', 'partial', settled),
  ...batch(['dispatched', 'running', 'sweeping'], 'retry', 'planned', { guards: [attemptsLeft, notCancelled] }),
  ...batch(['dispatched', 'running', 'sweeping'], 'put-off', 'planned', { guards: [notCancelled], effects: [spareAttempt] }),
  ...batch(['dispatched'], 'ask-cancel', 'dispatched', { effects: [rememberCancel] }),
  ...batch(['running'], 'ask-cancel', 'running', { effects: [rememberCancel] }),
  ...batch(['sweeping'], 'ask-cancel', 'sweeping', { effects: [rememberCancel] }),
  ...batch(['planned', 'dispatched', 'running', 'sweeping'], 'cancel', 'cancelled', settled),
];

export const WORKER_TABLE: readonly Transition<'worker'>[] = [
  ...worker(['requested'], 'created', 'live'),
  ...worker(['requested', 'live'], 'work-ended', 'ready', { effects: [dueNow] }),
  // From *sweeping*: the holder of the lease died; its lease has run out.
  ...worker(['ready', 'sweeping'], 'sweep', 'sweeping', { guards: [leaseFree, sweepDue], effects: [nextSweep] }),
  ...worker(['sweeping'], 'sweep-failed', 'ready', { effects: [countSweepFailure, freeLease] }),
  ...worker(['sweeping'], 'swept', 'swept', { effects: [freeLease] }),
  // From *ready*: every try of it stayed without an answer.
  ...worker(['ready', 'sweeping'], 'hold', 'held', { effects: [countSweepFailure, freeLease, stampHeld] }),
  ...worker(['held'], 'retry-sweep', 'ready', { effects: [forgetSweepFailures, forgetHold, dueNow] }),
  // Its results lie in the bucket.
  ...worker(['held'], 'rescued', 'destroying'),
  ...worker(['held'], 'rescue-refused', 'held'),
  ...worker(['held'], 'hold-overdue', 'held', { effects: [stampOverdue] }),
  ...worker(['held'], 'vanished', 'destroying'),
  ...worker(['held'], 'give-up', 'destroying', { guards: [reproducible] }),
  ...worker(['requested', 'live', 'ready'], 'destroy', 'destroying', { guards: [nothingToSweep] }),
  ...worker(['swept'], 'destroy', 'destroying'),
  ...worker(['destroying'], 'gone', 'gone', { effects: [stampGone] }),
];

export const JOB_TABLE: readonly Transition<'job'>[] = [
  ...job(['requested'], 'started', 'started', { effects: [stampStarted] }),
  // Whoever finished has started, whatever word of it came first.
  ...job(['started'], 'finished', 'finished', ended),
  ...job(['requested', 'started'], 'failed', 'failed', ended),
  ...job(['requested', 'started'], 'lost', 'lost', ended),
  ...job(['requested', 'started'], 'cancelled', 'cancelled', ended),
];

export const SOURCE_TABLE: readonly Transition<'source'>[] = [
  ...source(['idle', 'awaiting approval'], 'cycle-started', 'listing'),
  ...source(['listing'], 'plan-stored', 'running'),
  ...source(['listing'], 'approval-needed', 'awaiting approval'),
  // A cycle that dies changes nothing: an older plan that waits for approval goes on waiting.
  ...source(['listing'], 'cycle-failed', 'awaiting approval', { guards: [approvalWaits] }),
  ...source(['listing'], 'cycle-failed', 'idle'),
  ...source(['awaiting approval'], 'approved', 'running'),
  ...source(['running'], 'settled', 'publishing'),
  ...source(['publishing'], 'published', 'idle'),
  ...source(['publishing'], 'publish-failed', 'running'),
  ...source(['awaiting approval', 'running', 'publishing'], 'cancelled', 'idle'),
];

export const OPERATION_TABLE: readonly Transition<'operation'>[] = [
  ...operation(['running'], 'finish', 'done', { effects: [stampOver] }),
  ...operation(['running'], 'fail', 'failed', { effects: [stampOver] }),
];

export type Tables = { readonly [E in Entity]: readonly Transition<E>[] };
export const TABLES: Tables = {
  batch: BATCH_TABLE,
  worker: WORKER_TABLE,
  job: JOB_TABLE,
  source: SOURCE_TABLE,
  operation: OPERATION_TABLE,
};

export type Next<E extends Entity> =
  | { readonly outcome: 'allowed'; readonly to: StatusOf<E>; readonly effects: readonly Effect<E>[] }
  /** `by`: names of the guards that do not hold; empty when no row fits. */
  | { readonly outcome: 'refused'; readonly by: readonly string[] };

export type NextStatus = <E extends Entity>(entity: E, from: StatusOf<E>, event: EventOf<E>, context: Context<E>) => Next<E>;

/** Where an event leads from a status, by these tables; pure. The first row whose guards all hold counts. */
export const nextStatusBy =
  (tables: Tables): NextStatus =>
  <E extends Entity>(entity: E, from: StatusOf<E>, event: EventOf<E>, context: Context<E>): Next<E> => {
    const rows = tables[entity].filter((row) => row.from === from && row.event === event);
    const row = rows.find(({ guards }) => guards.every((guard) => guard.holds(context)));
    if (row) return { outcome: 'allowed', to: row.to, effects: row.effects };
    return {
      outcome: 'refused',
      by: rows.flatMap(({ guards }) => guards.filter((guard) => !guard.holds(context)).map(({ name }) => name)),
    };
  };

/** By the one table of Trawl. */
export const nextStatus: NextStatus = nextStatusBy(TABLES);
