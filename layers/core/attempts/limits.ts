/** So often an outage is waited out; with the back-off a maintenance of four hours. Beyond that it is for a person. */
export const OUTAGE_LIMIT = 20;

/** The provider says that the worker is no more, and with it what it held. */
export const MACHINE_GONE = 'machine-gone';
