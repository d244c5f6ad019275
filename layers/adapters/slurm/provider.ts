import { slurmMeaning } from '../../core/dispatch/slurm-states';
import { isServiceJob } from '../../core/ids';
import type { Asked, Created, Found, Gate, ProviderWorker, WorkerProvider, WorkerRequest } from '../../core/ports/outside';
import { optional } from '../../core/optional';
import type { TaskLimits } from '../../core/task-limits';
import type { StatusAnswer } from '../../core/wire';

export interface SlurmSettings {
  readonly installation: string;
  readonly partition?: string | undefined;
  /** Of tasks that are jobs of their own; absent: there are none. */
  readonly tasks?: TaskLimits | undefined;
}

/** A batch's worker as an allocation on the laboratory's cluster: the job is the worker, its key the job's name (contract 9). */
export function slurmProvider(gate: Gate, settings: SlurmSettings): WorkerProvider {
  const prefix = `${settings.installation}.`;
  const jobIdOfKey = (key: string): string => (key.startsWith(prefix) ? key.slice(prefix.length) : key);
  const find = async (key: string): Promise<Found> => {
    const asked = await gate.status([{ jobId: jobIdOfKey(key), key }]);
    return asked.outcome === 'unknown' ? asked : foundIn(asked.answer, key);
  };
  return {
    kind: 'slurm',
    results: 'home',
    create: (request) => create(gate, settings, request),
    find,
    list: async () => listed(await gate.status([], settings.installation)),
    probe: find,
    destroy: async (key) => {
      const asked = await gate.cancel(jobIdOfKey(key), key);
      if (asked.outcome === 'unknown') return asked;
      return asked.answer.outcome === 'done' ? { outcome: 'done' } : { outcome: asked.answer.outcome, detail: 'the gate could not cancel' };
    },
    price: async () => ({ dollarsPerHour: 0 }),
  };
}

async function create(gate: Gate, { installation, partition, tasks }: SlurmSettings, request: WorkerRequest): Promise<Created> {
  if (request.hasTasks === true && tasks === undefined) {
    const detail = 'a stage wants its tasks to be jobs of the cluster: cluster.tasks of the configuration has to allow it';
    return { outcome: 'failed', reason: 'tasks-not-allowed', detail, retry: 'never' };
  }
  const answer = await gate.submit({
    v: 1,
    key: `${installation}.${request.jobId}`,
    jobId: request.jobId,
    kind: 'run',
    deadlineEpochSeconds: Math.floor(request.deadline.getTime() / 1000),
    resources: { ...request.resources, ...(partition !== undefined && { partition }), ...excluded(request) },
    enrolment: request.enrolment,
    spec:
      request.hasTasks === true ? { ...request.spec, taskLimits: { ...tasks, ...optional('queueSize', request.queueSize) } } : request.spec,
  });
  if (answer.outcome === 'done') return { outcome: 'done', providerRef: answer.slurmId };
  if (answer.outcome === 'unknown') return { outcome: 'unknown', detail: answer.detail };
  return { outcome: 'failed', reason: answer.reason, detail: answer.detail, retry: retryOf(answer.reason) };
}

/** Nodes where an earlier attempt failed; the gate leaves out of these what would leave none. */
const excluded = ({ avoid }: WorkerRequest): { readonly exclude?: readonly string[] } =>
  avoid === undefined || avoid.ratherNot.length === 0 ? {} : { exclude: avoid.ratherNot };

/** Time mends an outage; another provider may take what this cluster rejects; the rest is for a person. */
const retryOf = (reason: string): 'elsewhere' | 'later' | 'never' =>
  reason === 'unreachable' || reason === 'unavailable' ? 'later' : reason === 'rejected' ? 'elsewhere' : 'never';

const STATES = { waiting: 'waiting', running: 'running', 'needs-person': 'needs-person', ended: 'ended' } as const;

/** A state that no table knows counts as running: it is neither gone nor lost. */
const stateOf = (raw: string): ProviderWorker['state'] => {
  const meaning = slurmMeaning(raw).class;
  return meaning === 'unheard-of' ? 'running' : STATES[meaning];
};

function foundIn(answer: StatusAnswer, key: string): Found {
  const job = answer.jobs[0];
  if (job?.slurm) {
    const { slurmId, state } = job.slurm;
    return { outcome: 'found', worker: { key, providerRef: slurmId, state: stateOf(state), rawState: state } };
  }
  const complete = answer.slurm === 'answered' && answer.queue !== 'unavailable' && answer.accounting !== 'unavailable';
  return complete && job ? { outcome: 'absent' } : { outcome: 'unknown', detail: 'squeue and sacct could not both be asked' };
}

function listed(asked: Asked<StatusAnswer>): Asked<readonly ProviderWorker[]> {
  if (asked.outcome === 'unknown') return asked;
  if (asked.answer.live === undefined || asked.answer.queue === 'unavailable')
    return { outcome: 'unknown', detail: 'squeue could not be asked' };
  return {
    outcome: 'answered',
    answer: asked.answer.live
      .filter(({ key }) => !isServiceJob(key))
      .map(({ key, slurmId, state }) => ({ key, providerRef: slurmId, state: stateOf(state), rawState: state })),
  };
}
