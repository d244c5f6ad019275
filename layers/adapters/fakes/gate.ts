import type { Asked, Gate } from '../../core/ports/outside';
import type { JobStatusAnswer, StatusAnswer, SubmitRequest } from '../../core/wire';

interface MemoryJob {
  readonly request: SubmitRequest;
  readonly slurmId: string;
  state: string;
  /** Why Slurm lets it wait. */
  reason: string | null;
  locked: boolean;
  report: unknown;
  progress: unknown;
  /** Slurm has forgotten it, in the queue and in accounting. */
  forgotten: boolean;
}
type GateFault = 'lost-reply' | 'not-sent' | 'unreachable' | 'host-key-changed' | 'slurm-unavailable';
export interface MemoryGate extends Gate {
  /** The next `times` calls of this verb meet the fault: *lost-reply* does the work and answers unknown, *not-sent* does nothing and does so too. */
  fail(verb: 'submit' | 'status' | 'cancel' | 'disk', fault: GateFault, times?: number): void;
  /** What happens to a job on the cluster. */
  move(jobId: string, change: Partial<Pick<MemoryJob, 'state' | 'reason' | 'locked' | 'report' | 'progress' | 'forgotten'>>): void;
  setFreeBytes(bytes: number): void;
  /** So many tasks of this key live, until it is cancelled. */
  setTasks(key: string, jobs: number): void;
  /** Every request to make a job that reached the cluster, in order. */
  readonly submitted: readonly SubmitRequest[];
  /** Calls by verb. */
  readonly calls: Readonly<Record<string, number>>;
}

const ENDED = /^(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY|PREEMPTED|DEADLINE|BOOT_FAIL|REVOKED)/;
/** Its partitions, and the most that a node of them has. */
const PARTITIONS = ['work', 'data'];
const NODE = { cpus: 64, memoryMb: 1_000_000 };
/** Why no node could ever run it. */
function beyondOf({ partition = 'work', constraint, cpus, memoryMb }: SubmitRequest['resources']): string | undefined {
  if (!PARTITIONS.includes(partition)) return `resources.partition: ${partition} has no node`;
  if (constraint !== undefined) return `resources.constraint: no node is ${constraint}`;
  if (cpus > NODE.cpus) return `resources.cpus: ${cpus}, and no node gives a job more than ${NODE.cpus}`;
  return memoryMb > NODE.memoryMb ? `resources.memoryMb: ${memoryMb}, and no node gives a job more than ${NODE.memoryMb}` : undefined;
}
const unknown = (detail: string) => ({ outcome: 'unknown', detail }) as const;

/** Faults by verb, each met once, and what was called. */
class Faults {
  readonly calls: Record<string, number> = {};
  private readonly due = new Map<string, GateFault[]>();

  add(verb: string, fault: GateFault, times: number): void {
    this.due.set(verb, [...(this.due.get(verb) ?? []), ...Array<GateFault>(times).fill(fault)]);
  }
  /** Counts the call and meets its fault, if one is due. */
  meet(verb: string): GateFault | undefined {
    this.calls[verb] = (this.calls[verb] ?? 0) + 1;
    return this.due.get(verb)?.shift();
  }
  async around<T>(verb: string, work: (slurmAway: boolean) => T): Promise<Asked<T>> {
    const fault = this.meet(verb);
    if (fault === 'not-sent' || fault === 'unreachable' || fault === 'host-key-changed') return unknown(fault);
    const answer = work(fault === 'slurm-unavailable');
    return fault === 'lost-reply' ? unknown('the reply was lost') : { outcome: 'answered', answer };
  }
}

/** A cluster in memory behind the gate's verbs, with faults at will. One job per key, as the real gate holds it. */
export function memoryGate(): MemoryGate {
  const jobs = new Map<string, MemoryJob>();
  const faults = new Faults();
  const submitted: SubmitRequest[] = [];
  const tasks = new Map<string, number>();
  let freeBytes = 1e15;
  return {
    submitted,
    calls: faults.calls,
    fail: (verb, fault, times = 1) => faults.add(verb, fault, times),
    move: (jobId, change) => {
      const job = [...jobs.values()].find(({ request }) => request.jobId === jobId);
      if (job !== undefined) Object.assign(job, change);
    },
    setFreeBytes: (bytes) => {
      freeBytes = bytes;
    },
    setTasks: (key, count) => void tasks.set(key, count),
    submit: async (request) => submit(jobs, submitted, request, faults.meet('submit')),
    status: (asked, installation) =>
      faults.around('status', (away) => {
        const counted = [...tasks].map(([key, count]) => ({ key, jobs: count }));
        return { ...statusOf(jobs, asked, installation, away), ...(installation !== undefined && !away && { tasks: counted }) };
      }),
    tail: async () => ({ outcome: 'answered', answer: { text: '', totalBytes: 0 } }),
    cancel: (_, key) =>
      faults.around('cancel', () => {
        tasks.delete(key);
        return cancel(jobs.get(key));
      }),
    disk: () => faults.around('disk', () => ({ gate: 1 as const, freeBytes, totalBytes: 1e15, path: '/home' })),
    capabilities: async () => ({
      outcome: 'answered',
      answer: { gate: 1, gateVersion: 'memory', pullKey: `ssh-ed25519 ${'A'.repeat(68)}` },
    }),
  };
}

function submit(
  jobs: Map<string, MemoryJob>,
  submitted: SubmitRequest[],
  request: SubmitRequest,
  fault: GateFault | undefined,
): Awaited<ReturnType<Gate['submit']>> {
  if (fault === 'unreachable' || fault === 'host-key-changed') return { gate: 1, outcome: 'failed', reason: fault, detail: fault };
  if (fault === 'slurm-unavailable') return { gate: 1, outcome: 'failed', reason: 'unavailable', detail: 'connect failure' };
  if (fault === 'not-sent') return unknown('no answer');
  const there = jobs.get(request.key);
  const beyond = there === undefined ? beyondOf(request.resources) : undefined;
  if (beyond !== undefined) return { gate: 1, outcome: 'failed', reason: 'rejected', detail: beyond };
  const slurmId = there?.slurmId ?? String(jobs.size + 1);
  if (there === undefined) {
    jobs.set(request.key, {
      request,
      slurmId,
      state: 'PENDING',
      reason: null,
      locked: false,
      report: null,
      progress: null,
      forgotten: false,
    });
    submitted.push(request);
  }
  return fault === 'lost-reply' ? unknown('the reply was lost') : { gate: 1, outcome: 'done', slurmId, attached: there !== undefined };
}

function cancel(job: MemoryJob | undefined): { readonly outcome: 'done'; readonly found: number } {
  if (job === undefined || job.forgotten || ENDED.test(job.state)) return { outcome: 'done', found: 0 };
  job.state = 'CANCELLED';
  return { outcome: 'done', found: 1 };
}

function statusOf(
  jobs: ReadonlyMap<string, MemoryJob>,
  asked: readonly { readonly jobId: string; readonly key: string }[],
  installation: string | undefined,
  away: boolean,
): StatusAnswer {
  const live = [...jobs.entries()]
    .filter(([key, job]) => key.startsWith(`${installation ?? ''}.`) && !job.forgotten && !ENDED.test(job.state))
    .map(([key, { slurmId, state }]) => ({ key, slurmId, state }));
  return {
    gate: 1,
    slurm: away ? 'unavailable' : 'answered',
    jobs: asked.map(({ jobId, key }) => answerFor(jobId, jobs.get(key), away)),
    ...(installation !== undefined && { live: away ? [] : live, queue: away ? ('unavailable' as const) : ('answered' as const) }),
  };
}

const answerFor = (jobId: string, job: MemoryJob | undefined, away: boolean): JobStatusAnswer => ({
  jobId,
  slurm: job === undefined || job.forgotten || away ? null : { slurmId: job.slurmId, state: job.state, reason: job.reason, exit: null },
  locked: job?.locked ?? false,
  report: job?.report ?? null,
  progress: job?.progress ?? null,
});
