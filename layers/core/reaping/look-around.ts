import { isServiceJob, JobId, keyScopeOf, WorkerId } from '../ids';
import type { Asked, ProviderWorker, WorkerProvider } from '../ports/outside';
import { belongingTo, judgeEach, type LookDeps, type Looked } from './judge-each';
import { lookAtWork } from './look-at-work';
import type { Listed } from './records';
import type { Sight } from './reap-plan';
import { recount } from './recount';
import { lookAtMoney } from './recount-money';
import { isTidyJob } from './tidy-job';
import { judgeClusterJob, judgeMachine, judgeTasks, type Suspicion } from './suspects';

export interface SightAndLists extends Sight {
  readonly listed: readonly Listed[];
}

const MOST_KEYS = 50;

/**
 * Compares what every provider and the cluster list, the running executions, and the table. Reads only. One part that fails is an error of its own, and its
 * place counts as one that did not answer.
 */
export async function lookAround(deps: LookDeps): Promise<SightAndLists> {
  const looked = new Set<string>();
  const suspicions: Suspicion[] = [];
  const listed: Listed[] = [];
  const at = async (place: string, look: () => Promise<Looked | undefined>): Promise<void> => {
    const found = await deps.isolate(place, look);
    if (found === undefined) return;
    suspicions.push(...found.suspicions);
    // Of what could not be read nobody knows whether it has recovered.
    if (found.isWhole) looked.add(place);
  };
  // Before the table: what is born in between has its record by then.
  for (const [name, provider] of deps.providers) await at(`provider/${name}`, () => lookAtProvider(deps, name, provider, listed));
  await at('jobs', () => lookAtJobs(deps, listed));
  const running = await deps.isolate('executions', () => deps.machines.running('process-batch'));
  const alive = await deps.isolate('table', () => countedWorkers(deps));
  if (alive !== undefined) await at('table', async () => ({ suspicions: recount(alive.counters, alive.workers), isWhole: true }));
  await at('money', () => lookAtMoney(deps.stores));
  if (alive !== undefined && running !== undefined) await at('executions', () => lookAtWork(deps, running, alive.workers));
  return { suspicions, looked, listed };
}

async function lookAtProvider(deps: LookDeps, name: string, provider: WorkerProvider, listed: Listed[]): Promise<Looked | undefined> {
  const asked = await provider.list();
  listed.push(listOf(`provider/${name}`, asked));
  if (asked.outcome === 'unknown') return undefined;
  return judgeEach(
    deps,
    asked.answer,
    ({ key }) => `machine ${key}`,
    (machine) => lookAtMachine(deps, name, machine),
  );
}

const listOf = (place: string, asked: Asked<readonly ProviderWorker[]>): Listed =>
  asked.outcome === 'unknown'
    ? { place, keys: [], unknown: asked.detail.slice(0, 500) }
    : { place, alive: asked.answer.length, keys: asked.answer.slice(0, MOST_KEYS).map(({ key }) => key) };

/** Counters first: a worker that is admitted after them is in the next look's too. */
async function countedWorkers({ stores }: LookDeps) {
  const counters = await stores.workers.counters();
  return { counters, workers: await stores.workers.counted() };
}

/** The id of the worker's job that a key names; undefined where it is none of this installation. */
const jobIdOfKey = (installation: string, key: string): string | undefined =>
  key.startsWith(`${installation}.`) ? JobId.safeParse(key.slice(installation.length + 1)).data : undefined;

async function lookAtMachine(deps: LookDeps, provider: string, machine: ProviderWorker): Promise<Suspicion | undefined> {
  const jobId = jobIdOfKey(deps.installation, machine.key);
  const workerId = jobId === undefined ? undefined : WorkerId.safeParse(keyScopeOf(jobId)).data;
  if (workerId === undefined) return judgeMachine({ provider, machine });
  const belongs = await belongingTo(deps, workerId);
  const hasExecution = belongs.worker === undefined && (await deps.machines.status('process-batch', workerId)) !== undefined;
  return judgeMachine({ provider, machine, workerId, hasExecution, ...belongs });
}

/** Jobs of the cluster that verify, sweep, index and the like; those that are workers are machines of their provider. */
async function lookAtJobs(deps: LookDeps, listed: Listed[]): Promise<Looked | undefined> {
  const asked = await deps.gate.status([], deps.installation);
  const answer = asked.outcome === 'answered' && asked.answer.queue !== 'unavailable' ? asked.answer : undefined;
  const live = answer?.live;
  if (live === undefined) {
    const unknown = asked.outcome === 'unknown' ? asked.detail : 'squeue could not be asked';
    listed.push({ place: 'jobs', keys: [], unknown: unknown.slice(0, 500) });
    return undefined;
  }
  listed.push({ place: 'jobs', alive: live.length, keys: live.slice(0, MOST_KEYS).map(({ key }) => key) });
  const found = await judgeEach(
    deps,
    live,
    ({ key }) => `job ${key}`,
    (job) => lookAtJob(deps, job),
  );
  const headless = (answer?.tasks ?? []).filter(({ key }) => !live.some((job) => job.key === key));
  return { ...found, suspicions: [...found.suspicions, ...headless.map((tasks) => judgeTasks(deps.installation, tasks))] };
}

async function lookAtJob(deps: LookDeps, { key, state }: { readonly key: string; readonly state: string }): Promise<Suspicion | undefined> {
  if (isTidyJob(deps.installation, key)) return undefined;
  const jobId = jobIdOfKey(deps.installation, key);
  const job = jobId === undefined ? undefined : await deps.stores.jobs.get(jobId);
  if (job?.kind === 'run' || (job === undefined && jobId !== undefined && !isServiceJob(jobId))) return undefined;
  const worker = job?.workerId === undefined ? undefined : await deps.stores.workers.get(job.workerId);
  return judgeClusterJob({ key, state, jobId, job, worker }, deps.now(), deps.rules);
}
