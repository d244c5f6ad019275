import type { Effect } from './types';

export const nextAttempt: Effect<'batch'> = {
  name: 'nextAttempt',
  set: ({ item }) => ({ attempt: item.attempt + 1 }),
  remove: ['notBefore'],
};
export const spareAttempt: Effect<'batch'> = { name: 'spareAttempt', set: ({ item }) => ({ attemptLimit: item.attemptLimit + 1 }) };
export const rememberCancel: Effect<'batch'> = { name: 'rememberCancel', set: () => ({ cancelRequested: true }) };
export const stampSettled: Effect<'batch'> = { name: 'stampSettled', set: ({ now }) => ({ settledAt: now.toISOString() }) };

export const dueNow: Effect<'worker'> = { name: 'dueNow', set: ({ now }) => ({ nextSweepAt: now.toISOString() }) };
export const nextSweep: Effect<'worker'> = { name: 'nextSweep', set: ({ item }) => ({ sweep: item.sweep + 1 }) };
export const countSweepFailure: Effect<'worker'> = {
  name: 'countSweepFailure',
  set: ({ item }) => ({ sweepFailures: item.sweepFailures + 1 }),
};
export const forgetSweepFailures: Effect<'worker'> = { name: 'forgetSweepFailures', set: () => ({ sweepFailures: 0 }) };
export const freeLease: Effect<'worker'> = { name: 'freeLease', remove: ['sweepLeaseUntil', 'sweepHolder'] };
export const stampHeld: Effect<'worker'> = { name: 'stampHeld', set: ({ now }) => ({ heldAt: now.toISOString() }) };
export const stampOverdue: Effect<'worker'> = { name: 'stampOverdue', set: ({ now }) => ({ overdueAt: now.toISOString() }) };
export const forgetHold: Effect<'worker'> = {
  name: 'forgetHold',
  remove: ['heldAt', 'heldCause', 'rescueFault', 'rescueFaults', 'overdueAt'],
};
export const stampGone: Effect<'worker'> = { name: 'stampGone', set: ({ now }) => ({ goneAt: now.toISOString() }) };

export const stampOver: Effect<'operation'> = { name: 'stampOver', set: ({ now }) => ({ endedAt: now.toISOString() }) };

export const stampStarted: Effect<'job'> = { name: 'stampStarted', set: ({ now }) => ({ startedAt: now.toISOString() }) };
export const stampEnded: Effect<'job'> = {
  name: 'stampEnded',
  set: ({ now }) => ({ endedAt: now.toISOString() }),
  remove: ['missingSince'],
};
