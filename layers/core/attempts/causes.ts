/**
 * Why attempts end and single runs fail, and what follows: one table for what decides, for what people see, and for docs/attempts.md. A cause is
 * one kebab-case word, a contract of its own: it stands in histories, reports and outcomes.
 */
export const FAULTS = {
  infrastructure: 'a machine, a node, or a connection on this side',
  provider: 'who gives machines: full, away, or unwilling',
  archive: 'ENA and its file servers',
  data: 'the files themselves',
  own: 'Trawl, its kit or its settings',
  person: 'somebody wanted it',
} as const;
export type FaultKind = keyof typeof FAULTS;

export const NEXTS = {
  retry: 'the next attempt, after a pause of 30 s, 60 s, … up to 15 min, while attempts are left',
  elsewhere: 'the same, and where there is a choice at another provider, place or node',
  wait: 'the same, but it does not count as an attempt, up to 20 times: time mends it',
  exclude: 'the run is left out of further attempts with this reason; the others go on',
  attention: 'a person, with the whole story: trying again meets the same',
  cancel: 'nothing: it is over',
} as const;
export type Next = keyof typeof NEXTS;

export interface CauseKind {
  readonly fault: FaultKind;
  readonly next: Next;
  readonly text: string;
}

const rows = (fault: FaultKind, next: Next, texts: Readonly<Record<string, string>>): readonly (readonly [string, CauseKind])[] =>
  Object.entries(texts).map(([cause, text]) => [cause, { fault, next, text }]);

export const CAUSES: ReadonlyMap<string, CauseKind> = new Map([
  ...rows('infrastructure', 'elsewhere', {
    'start-deadline': 'it was made and never spoke: not active, not booted, or its enrolment was refused',
    'machine-absent': 'it was asked for, and its provider never showed it',
    'machine-gone': 'its provider has it no more',
    'agent-silent': 'its machine answers, and its agent says nothing new',
    'lease-over': 'its site let the lease run out',
    'slurm-node-fail': 'its node failed',
    'slurm-boot-fail': 'its node did not boot',
    'slurm-launch-failed': 'its node could not launch it',
    'slurm-completed-without-report': 'it ended without a word',
    'slurm-failed': 'it died without a word',
    'job-absent': 'the cluster knows nothing of it any more',
    'disk-full': 'the disk of its machine is full',
    'java-missing': 'no Java on that node',
    'enrolment-refused': 'its token was dead or spent when it asked for its key',
  }),
  ...rows('infrastructure', 'retry', {
    'slurm-out-of-memory': 'it took more memory than its stage asks for',
    'slurm-timeout': 'the time limit of its stage was over',
    'slurm-deadline': 'its deadline could not be met any more',
    'slurm-preempted': 'a job of higher rank took its place',
    requeued: 'Slurm started it a second time: its first start is gone',
    'slurm-cancelled': 'somebody else cancelled it on the cluster',
    cancelled: 'it was ended on the cluster, by somebody else or to be requeued, and could still say so',
    'slurm-revoked': 'another cluster took it',
    'time-limit': 'it ended itself before its time limit',
    'deadline-passed': 'it lived beyond its deadline and was ended from outside',
    'sweep-silent': 'no sweep of it was answered',
    'home-full': 'no space at home while its results came in',
    'pull-interrupted': 'the transfer of its results broke, several times',
    'pull-failed': 'its results could not be pulled',
    'bring-failed': 'its site could not put the file into the bucket',
    'worker-unreachable': 'nothing answered at its address',
    'no-address': 'it never told an address to pull from',
    missing: 'nothing of the run was brought, and nobody said why',
    'changed-meanwhile': 'a file changed while it was verified',
    'publish-failed': 'what was verified could not be put in its place',
    unsigned: 'its worker signed nothing that it made of the run',
    'results-held': 'its results are kept on a worker that could not be swept',
  }),
  ...rows('provider', 'wait', {
    unreachable: 'head node or provider could not be reached, so nothing was made',
    unavailable: 'its scheduler or API was out of order, so nothing was made',
    'rate-limited': 'too many calls to its API, so nothing was made',
    'droplet-limit': 'the account has no more droplets to give',
    'token-unreadable': 'the token of the provider could not be read',
    released: 'its site gave it back',
    'places-resting': 'every place that fits rests after failed starts (the breaker)',
  }),
  ...rows('provider', 'elsewhere', {
    'no-size-fits': 'no size on offer fits its needs and the price limit',
    'no-size-free': 'every size that fits is out in every region',
    rejected: 'the provider refuses the request as it is',
  }),
  ...rows('provider', 'attention', {
    'group-unknown': 'the group that results belong to is not on the cluster',
    'foreign-job': 'its directory belongs to another installation',
    'host-key-changed': 'it answers with another host key than it told at first',
    'login-refused': 'the head node does not let the bridge in: key, account, rights or document',
    'key-revoked': 'the key to the head node was revoked',
    'pull-key-missing': 'the cluster has no key to pull with',
    'pull-refused': 'the worker does not let the cluster pull',
    'token-refused': 'the provider refuses the token',
  }),
  ...rows('archive', 'exclude', {
    'http-404': 'ENA lists the file and does not serve it',
    'http-410': 'ENA has taken the file away',
  }),
  ...rows('archive', 'retry', {
    connection: 'the connection to ENA broke, several times',
    truncated: 'ENA ended the file early, several times',
    'range-refused': 'ENA would not go on where the last try ended',
    'no-tries': 'no try was allowed',
  }),
  ...rows('data', 'exclude', {
    'fastp-failed': 'fastp cannot read its files',
    'no-reads': 'none of its files holds reads',
    'earlier-stage-failed': 'a stage before it, in another batch, failed the run',
    'gzip-invalid': 'the file is as listed, and no whole gzip file',
    'published-differs': 'another file of this name is published already',
    'unsafe-name': 'a file name or address that cannot be used',
    'not-a-file': 'something else than a file stands under its name',
  }),
  ...rows('data', 'retry', {
    'md5-mismatch': 'the file is not the one whose md5 is listed',
    'size-mismatch': 'the file has not the size that is listed',
    refused: 'the verification refused it',
    'runs-failed': 'the job went through, and some of its runs failed',
  }),
  ...rows('own', 'retry', {
    'agent-error': 'the agent met an error of its own',
    'nextflow-died': 'Nextflow died',
    'nextflow-failed': 'Nextflow ended with a failure',
    'input-missing': 'what a stage before it made is not home any more',
    'output-missing': 'a stage left none of the files that it has to leave',
    'pipeline-unavailable': 'the repository of the pipeline was not reached, or has no such commit',
    'no-outcome': 'the pipeline wrote no outcome for the run',
    'never-prepared': 'its job was never written down',
    'execution-failed': 'its execution failed',
    'execution-timed-out': 'its execution ran out of time',
    'execution-unsettled': 'its execution ended with its work undone',
    'worker-abandoned': 'its execution had ended without it, and the reaper let it go',
    'worker-gone': 'its worker was gone, and the reaper ended what was left of its job',
    stopped: 'it was told to stop',
    'stop-requested': 'it was told to stop, and did not by itself',
  }),
  ...rows('own', 'attention', {
    'invalid-request': 'the gate refuses the request: kit and control plane do not fit',
    'invalid-spec': 'the job says what cannot be done',
    'invalid-config': 'the kit’s configuration is not as it should be',
    'unsafe-path': 'a path that leads out of where it may',
    'tasks-not-allowed': 'its stage wants its tasks to be jobs of the cluster, and the installation allows none',
    'tool-missing': 'a program that the pipeline needs is not in the kit',
    'pipeline-missing': 'the pipeline is not in the kit',
    'revision-mismatch': 'the pipeline in the kit is of another revision',
  }),
  ...rows('person', 'cancel', {
    'cancel-requested': 'somebody cancelled it',
    'execution-aborted': 'somebody aborted its execution',
  }),
]);

const UNHEARD: CauseKind = { fault: 'infrastructure', next: 'retry', text: 'a cause that no table knows' };

/** What a cause means. Other answers of ENA (`http-503`) are the archive's; one that is not known is tried again. Pure. */
export const causeKind = (cause: string): CauseKind =>
  CAUSES.get(cause) ?? (/^http-\d{3}$/.test(cause) ? { fault: 'archive', next: 'retry', text: `ENA answered ${cause.slice(5)}` } : UNHEARD);

/** A worker that never started for such a cause speaks against the place where it was made: not an outage, not a person, not our own fault. Pure. */
export const isBootFailure = (cause: string): boolean => causeKind(cause).fault === 'infrastructure';

/** A run that failed for such a reason would meet it again in the same attempt made anew. Pure. */
export const isLasting = (reason: string): boolean => ['exclude', 'attention'].includes(causeKind(reason).next);
