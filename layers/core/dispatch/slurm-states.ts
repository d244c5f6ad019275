/** What a state of Slurm means for Trawl. *ended* says nothing about success: only the job's own report does. */
export type SlurmClass = 'waiting' | 'running' | 'needs-person' | 'ended' | 'unheard-of';

export interface SlurmMeaning {
  readonly class: SlurmClass;
  /** Why a job in this state ended, for a job that left no report. */
  readonly cause?: string;
}

const row = (meaning: SlurmMeaning, ...states: readonly string[]): readonly (readonly [string, SlurmMeaning])[] =>
  states.map((state) => [state, meaning]);

/** Job states and state flags of Slurm (doc/html/job_state_codes), observed on 22.05.8. */
export const SLURM_STATES: ReadonlyMap<string, SlurmMeaning> = new Map([
  ...row({ class: 'waiting' }, 'PENDING', 'CONFIGURING', 'POWER_UP_NODE', 'REQUEUED', 'REQUEUE_FED', 'EXPEDITING'),
  ...row({ class: 'running' }, 'RUNNING', 'COMPLETING', 'RESIZING', 'SIGNALING', 'STAGE_OUT', 'UPDATE_DB'),
  // Held, not dead: it may be let go again.
  ...row({ class: 'running' }, 'SUSPENDED', 'STOPPED'),
  ...row({ class: 'needs-person' }, 'REQUEUE_HOLD', 'SPECIAL_EXIT', 'RESV_DEL_HOLD'),
  ...row({ class: 'ended', cause: 'slurm-completed-without-report' }, 'COMPLETED'),
  ...row({ class: 'ended', cause: 'slurm-failed' }, 'FAILED'),
  ...row({ class: 'ended', cause: 'slurm-out-of-memory' }, 'OUT_OF_MEMORY'),
  ...row({ class: 'ended', cause: 'slurm-timeout' }, 'TIMEOUT'),
  ...row({ class: 'ended', cause: 'slurm-deadline' }, 'DEADLINE'),
  ...row({ class: 'ended', cause: 'slurm-node-fail' }, 'NODE_FAIL'),
  ...row({ class: 'ended', cause: 'slurm-boot-fail' }, 'BOOT_FAIL'),
  ...row({ class: 'ended', cause: 'slurm-launch-failed' }, 'LAUNCH_FAILED', 'RECONFIG_FAIL'),
  // Jobs are submitted with --no-requeue, so a preempted one does not come back.
  ...row({ class: 'ended', cause: 'slurm-preempted' }, 'PREEMPTED'),
  ...row({ class: 'ended', cause: 'slurm-cancelled' }, 'CANCELLED'),
  ...row({ class: 'ended', cause: 'slurm-revoked' }, 'REVOKED'),
]);

/**
 * Reads a state as squeue or sacct print it: `CANCELLED by 1000`, `COMPLETED+` and `running` are understood. A state that no table
 * knows is *unheard-of*: nothing follows from it.
 */
export const slurmMeaning = (raw: string): SlurmMeaning =>
  SLURM_STATES.get(/^[A-Z_]+/.exec(raw.trim().toUpperCase())?.[0] ?? '') ?? { class: 'unheard-of' };
