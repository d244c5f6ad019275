import type { Guard } from './types';

export const attemptsLeft: Guard<'batch'> = { name: 'attemptsLeft', holds: ({ item }) => item.attempt < item.attemptLimit };
export const notCancelled: Guard<'batch'> = { name: 'notCancelled', holds: ({ item }) => !item.cancelRequested };
export const backedOff: Guard<'batch'> = {
  name: 'backedOff',
  holds: ({ item, now }) => item.notBefore === undefined || item.notBefore <= now.toISOString(),
};

export const leaseFree: Guard<'worker'> = {
  name: 'leaseFree',
  holds: ({ item, now }) => item.sweepLeaseUntil === undefined || item.sweepLeaseUntil <= now.toISOString(),
};
export const sweepDue: Guard<'worker'> = {
  name: 'sweepDue',
  holds: ({ item, now }) => item.nextSweepAt === undefined || item.nextSweepAt <= now.toISOString(),
};
/** I5: a worker is only ended unswept by somebody who says that nothing is lost with it. */
export const nothingToSweep: Guard<'worker'> = { name: 'nothingToSweep', holds: (context) => context.nothingToSweep === true };
/** I5: what is held and was not rescued is let go only where nothing is lost with it but time. */
export const reproducible: Guard<'worker'> = { name: 'reproducible', holds: (context) => context.reproducible === true };

export const approvalWaits: Guard<'source'> = { name: 'approvalWaits', holds: ({ item }) => item.approval === 'waiting' };
