import type { Gate, Machines, ObjectStore } from '../../../../layers/core/ports/outside';
import type { Stores } from '../../../../layers/core/ports/stores';
import { applyReport } from '../../../../layers/core/use-cases/apply-report';
import { endJob } from '../../../../layers/core/use-cases/end-job';
import { markStarted } from '../../../../layers/core/use-cases/mark-started';
import type { JobReport, PlannedRun, SubmitRequest } from '../../../../layers/core/wire';

interface ClusterJob {
  readonly request: SubmitRequest;
  state: 'PENDING' | 'RUNNING' | 'COMPLETED' | 'CANCELLED';
}
/** How the cluster takes the next submission: `lost-reply` makes a job and says nothing. */
export type Reception = 'done' | 'unavailable' | 'refused' | 'lost-reply' | 'lost-request';

export interface MemoryCluster {
  readonly gate: Gate;
  readonly jobs: ReadonlyMap<string, ClusterJob>;
  /** Submissions of this kind are received like this, one after the other; then `done`. */
  receive(kind: SubmitRequest['kind'], ...receptions: readonly Reception[]): void;
  /** Jobs of a kind that wait or run, by id. */
  open(kind: SubmitRequest['kind']): readonly string[];
  start(jobId: string): Promise<void>;
  /** The run job ends; runs named in `reasons` failed for that reason. */
  finishRun(jobId: string, reasons?: Readonly<Record<string, string>>): Promise<void>;
  /** The verify job ends: verified, unless named in `refused` with a reason (`missing` is *missing*). */
  finishVerify(jobId: string, refused?: Readonly<Record<string, string>>): Promise<void>;
  finishIndex(jobId: string): Promise<void>;
  /** The job ends with this report, whatever its kind. */
  report(jobId: string, report: object): Promise<void>;
  lose(jobId: string, cause: string): Promise<void>;
}

export const PULL_KEY = `ssh-ed25519 ${'A'.repeat(68)}`;

interface ClusterDeps {
  readonly stores: Stores;
  readonly objects: ObjectStore;
  readonly machines: Machines & { settled(): Promise<void> };
  readonly now: () => Date;
}

export function memoryCluster(deps: ClusterDeps): MemoryCluster {
  const jobs = new Map<string, ClusterJob>();
  const receptions = new Map<string, Reception[]>();
  const jobOf = (jobId: string): ClusterJob => {
    const job = jobs.get(jobId);
    if (!job) throw new Error(`the cluster has no job ${jobId}`);
    return job;
  };
  const record = async (jobId: string) => {
    const job = await deps.stores.jobs.get(jobId);
    if (!job) throw new Error(`the table has no job ${jobId}`);
    return job;
  };
  const apply = async (jobId: string, report: object): Promise<void> => {
    const at = deps.now().toISOString();
    const before = new Date(deps.now().getTime() - 60_000).toISOString();
    jobOf(jobId).state = 'COMPLETED';
    const whole = { v: 1, jobId, result: 'finished', startedAt: before, endedAt: at, ...report } as unknown as JobReport;
    await applyReport(deps, await record(jobId), whole, 'callback');
    await deps.machines.settled();
  };
  const runsOf = (jobId: string): readonly PlannedRun[] => jobOf(jobId).request.spec['runs'] as readonly PlannedRun[];
  return {
    jobs,
    receive: (kind, ...list) => {
      receptions.set(kind, [...list]);
    },
    open: (kind) =>
      [...jobs]
        .filter(([, { request, state }]) => request.kind === kind && (state === 'PENDING' || state === 'RUNNING'))
        .map(([jobId]) => jobId),
    start: async (jobId) => {
      jobOf(jobId).state = 'RUNNING';
      await markStarted(deps, await record(jobId), { actor: 'callback' });
      await deps.machines.settled();
    },
    finishRun: (jobId, reasons = {}) =>
      apply(jobId, {
        kind: 'run',
        exitCode: 0,
        runs: runsOf(jobId).map(({ accession }) => {
          const reason = reasons[accession];
          return reason === undefined ? { accession, result: 'done' } : { accession, result: 'failed', reason };
        }),
      }),
    finishVerify: (jobId, refused = {}) =>
      apply(jobId, {
        kind: jobOf(jobId).request.kind,
        runs: runsOf(jobId).map(({ accession, filesHash }) => {
          const reason = refused[accession];
          const result = reason === undefined ? 'verified' : reason === 'missing' ? 'missing' : 'refused';
          return { accession, filesHash, result, reason: reason ?? null };
        }),
      }),
    report: (jobId, report) => apply(jobId, { kind: jobOf(jobId).request.kind, ...report }),
    finishIndex: (jobId) => apply(jobId, { kind: 'index', entries: 1, samplesheet: 'x' }),
    lose: async (jobId, cause) => {
      const job = jobs.get(jobId);
      if (job) job.state = 'COMPLETED';
      await endJob(deps, await record(jobId), { result: 'lost', cause });
      await deps.machines.settled();
    },
    gate: gateOf(jobs, (kind) => receptions.get(kind)?.shift() ?? 'done'),
  };
}

const liveOf = (jobs: ReadonlyMap<string, ClusterJob>, slurmIdOf: (jobId: string) => string) =>
  [...jobs.values()]
    .filter(({ state }) => state === 'PENDING' || state === 'RUNNING')
    .map(({ request: { key, jobId }, state }) => ({ key, slurmId: slurmIdOf(jobId), state }));

function gateOf(jobs: Map<string, ClusterJob>, receptionOf: (kind: string) => Reception): Gate {
  const slurmIdOf = (jobId: string): string => String([...jobs.keys()].indexOf(jobId) + 1);
  return {
    submit: async (request) => {
      const reception = receptionOf(request.kind);
      if (reception === 'unavailable') return { gate: 1, outcome: 'failed', reason: 'unavailable', detail: 'slurmctld is away' };
      if (reception === 'refused') {
        const detail = `${String(request.spec['directory'])} is not allowed`;
        return { gate: 1, outcome: 'failed', reason: 'directory-refused', detail };
      }
      if (reception === 'lost-request') return { outcome: 'unknown', detail: 'no answer' };
      const attached = jobs.has(request.jobId);
      if (!attached) jobs.set(request.jobId, { request, state: 'PENDING' });
      if (reception === 'lost-reply') return { outcome: 'unknown', detail: 'no answer' };
      return { gate: 1, outcome: 'done', slurmId: slurmIdOf(request.jobId), attached };
    },
    status: async (asked, installation) => ({
      outcome: 'answered',
      answer: {
        gate: 1,
        slurm: 'answered',
        ...(installation !== undefined && { queue: 'answered', live: liveOf(jobs, slurmIdOf) }),
        jobs: asked.map(({ jobId }) => {
          const job = jobs.get(jobId);
          const slurm = job === undefined ? null : { slurmId: slurmIdOf(jobId), state: job.state };
          return { jobId, slurm, locked: job !== undefined && job.state !== 'PENDING', report: null, progress: null };
        }),
      },
    }),
    tail: async () => ({ outcome: 'answered', answer: { text: '', totalBytes: 0 } }),
    cancel: async (jobId) => {
      const job = jobs.get(jobId);
      if (job && job.state !== 'COMPLETED') job.state = 'CANCELLED';
      return { outcome: 'answered', answer: { outcome: 'done', found: job ? 1 : 0 } };
    },
    disk: async () => ({ outcome: 'unknown', detail: 'not asked here' }),
    capabilities: async () => ({ outcome: 'answered', answer: { gate: 1, pullKey: PULL_KEY } }),
  };
}
