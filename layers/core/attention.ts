/** Why automation stopped for a source. Each code is a contract: it stands in exports, in the history, and as a heading of the runbook. */
export interface AttentionReason {
  readonly code: string;
  /** One line, as `trawl status` shows it. */
  readonly text: string;
  /** What a person does about it. */
  readonly remedy: string;
  /** Heading in docs/runbook.md. */
  readonly heading: string;
}

const reason = (code: string, text: string, remedy: string): AttentionReason => ({ code, text, remedy, heading: `Attention: ${code}` });

export const ATTENTION_REASONS = {
  'attempts-exhausted': reason(
    'attempts-exhausted',
    'Every attempt of a batch ended for a cause outside its data, and the last brought nothing home.',
    'Mend the cause that the detail names, then `trawl clear <source>`: its failed runs are due again.',
  ),
  'results-held': reason(
    'results-held',
    'Results of a worker could not be verified or published; they lie untouched in its staging directory.',
    'Mend the cause that the detail names, then `trawl clear <source>`: the worker is swept once more.',
  ),
  'hold-overdue': reason(
    'hold-overdue',
    'The time of a hold is over, its results could be neither rescued to the bucket nor made again, so the worker stays and costs.',
    'Look at `trawl hold list`; mend the connection and `trawl hold retry <worker>`, or let it go with `trawl hold give-up <worker>`.',
  ),
  'publish-failing': reason(
    'publish-failing',
    'The samplesheet and links of a source could not be written, several times.',
    'Look at the index job that the detail names, mend the cause, then `trawl clear <source>` and `trawl check <source>`.',
  ),
  'settling-failing': reason(
    'settling-failing',
    'An execution of process-batch ended abnormally each time it was started again to settle its batch.',
    'Look at the executions that the detail names, mend the cause, then `trawl clear <source>`.',
  ),
  'provider-refuses': reason(
    'provider-refuses',
    'The worker provider refuses the batch for a cause that no later attempt will mend.',
    'Change the resources of the workflow or the rights on the cluster as the detail says, then `trawl clear <source>`.',
  ),
  'host-key-changed': reason(
    'host-key-changed',
    'A worker says of itself another host key or address than it did at first, so nothing is pulled from there.',
    'Find out what answers at the address that the detail names; `trawl hold give-up <worker>` or `trawl cancel <source>`; then `trawl clear <source>`.',
  ),
  'enrolment-replayed': reason(
    'enrolment-replayed',
    'The enrolment token of a job was used twice, by two parties: somebody else may have read it.',
    'Find out who can read the job directory that the detail names; rotate the master secret if in doubt; then `trawl clear <source>`.',
  ),
  'plan-missing': reason(
    'plan-missing',
    'The stored plan of a batch is gone from the bucket or not readable, so the batch cannot be dispatched.',
    'Restore the object that the detail names, or `trawl cancel <source>`; then `trawl clear <source>`.',
  ),
  'slurm-needs-person': reason(
    'slurm-needs-person',
    'Slurm holds a job in a state that only a person ends.',
    'Release or cancel the job that the detail names (`scontrol release`, `scancel`), then `trawl clear <source>`.',
  ),
  'results-damaged': reason(
    'results-damaged',
    'Files at home are not as they were when they were published: changed, cut or gone.',
    'Find out what the storage did, then `trawl verify <source> --refetch`: damaged runs are set aside and fetched again.',
  ),
  'listings-rejected': reason(
    'listings-rejected',
    'Several answers of ENA in a row could not be accepted as a listing; what is known stays as it was.',
    'Look at evidence.json of the cycle that the detail names, or at the filters of the source; mend the cause, then `trawl clear <source>`.',
  ),
  'source-unresolved': reason(
    'source-unresolved',
    'ENA does not know the taxon or study that was asked for, or shows no runs of it.',
    'Correct a slip with `trawl remove <source>` and `trawl add <id>`; where it is right and still to come, `trawl clear <source>`.',
  ),
} as const satisfies Readonly<Record<string, AttentionReason>>;

export type AttentionCode = keyof typeof ATTENTION_REASONS;
