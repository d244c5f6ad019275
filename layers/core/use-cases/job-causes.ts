/** What the cause of a job's end says about trying again, whatever the job was: one list for attempts and for sweeps. */

/** The place of work was away or has no room for us, so nothing was made: time mends that. */
export const OUTAGE_CAUSES: ReadonlySet<string> = new Set([
  'unreachable',
  'unavailable',
  'rate-limited',
  'droplet-limit',
  'token-unreadable',
]);
/** So often an outage is waited out; with the back-off a maintenance of four hours. Beyond that it is for a person. */
export const OUTAGE_LIMIT = 20;

/** The provider says that the worker is no more, and with it what it held. */
export const MACHINE_GONE = 'machine-gone';

/** Causes that no later try mends: a person must act. */
export const LASTING_CAUSES: ReadonlySet<string> = new Set([
  'group-unknown',
  'invalid-request',
  'foreign-job',
  'invalid-spec',
  'invalid-config',
  'unsafe-path',
  'host-key-changed',
  'pull-key-missing',
  'token-refused',
  'pull-refused',
]);
