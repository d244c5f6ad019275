/** What the reaper does about a suspect that is one still when it looks again. */
export const REAP_ACTS = [
  'destroy', // the machine is asked to end at its provider
  'let-go', // job and worker end along the tables: swept first where it ever started, else destroyed; its slot is freed when it is gone
  'end-job', // its job ends as lost; whoever waits for it goes on to the sweep
  'cancel-job', // the cluster is asked to end the job; nothing at home is touched
  'stop-execution', // the execution is aborted
  'repair', // what the heartbeat does for it, done once more
  'mend-counter', // the counter (or the ledger) is set to what the living workers count, where it still stands as it was seen
  'ask-person', // nothing is done: it is shown until a person does something or it recovers
] as const;
export type ReapAct = (typeof REAP_ACTS)[number];

interface Kind {
  readonly act: ReapAct;
  /** What is wrong, for people. */
  readonly text: string;
}
const kind = (act: ReapAct, text: string): Kind => ({ act, text });

/**
 * Everything that the reaper suspects, and what it then does. A machine is destroyed in two cases alone, and in neither can it hold results that nobody
 * verified (I5): nothing of this installation ever ran on it, or it was born after its worker was given up.
 */
export const SUSPECT_KINDS = {
  'orphan-machine': kind('destroy', 'a machine with our name, of which neither the table nor any execution knows'),
  'late-machine': kind(
    'destroy',
    'its worker is gone, the machine lives: it was born after it was given up, or its end was not carried out',
  ),
  'returned-machine': kind(
    'ask-person',
    'its provider had said that it was no more, now it is there again and may hold what was never swept',
  ),
  'unknown-machine': kind(
    'ask-person',
    'the table does not know its worker, but an execution of it exists: the table may be an older copy',
  ),
  'foreign-machine': kind('ask-person', 'it carries the tag of this installation, but no name that Trawl gives'),
  'double-machine': kind('ask-person', 'a second machine under the name of a worker that lives; it goes when the worker has gone'),
  'abandoned-worker': kind('let-go', 'its attempt is settled and no execution cares for it, but it was never let go'),
  'overdue-worker': kind('end-job', 'its deadline and an hour have passed, and it is neither swept nor held'),
  'overdue-jobless': kind('ask-person', 'its deadline and an hour have passed, and no job of it was ever prepared'),
  'job-over': kind('cancel-job', 'its record has ended, the cluster still runs it'),
  'job-without-worker': kind('cancel-job', 'it works for a worker that is gone'),
  'job-unknown': kind('cancel-job', 'a job of the cluster with our name, of which the table knows nothing'),
  'job-foreign': kind('ask-person', 'a job of the cluster that begins with our name, but is none that Trawl gives'),
  'tasks-without-head': kind('cancel-job', 'tasks of a worker that run on the cluster without it'),
  'stray-execution': kind('stop-execution', 'it runs for an attempt that is settled and whose worker is gone, held or unknown'),
  'unattended-batch': kind('repair', 'it is in motion and no execution carries it, although the heartbeat had time to start one'),
  'counter-drift': kind('mend-counter', 'a counter of the caps, or what is reserved, is not what the living workers add up to'),
  'spending-drift': kind('ask-person', 'what was spent by day, by month and by source does not add up to the same'),
} as const satisfies Readonly<Record<string, Kind>>;

export type SuspectKind = keyof typeof SUSPECT_KINDS;
export const SUSPECT_NAMES = Object.keys(SUSPECT_KINDS) as [SuspectKind, ...SuspectKind[]];
export const actOf = (name: SuspectKind): ReapAct => SUSPECT_KINDS[name].act;
