import type { Batch, BatchStatus, Worker } from '../entities';
import { WorkerId, workerIdOf } from '../ids';
import type { CountedWorker } from '../ports/stores';
import { belongingTo, judgeEach, type LookDeps, type Looked } from './judge-each';
import { judgeBatch, judgeExecution, judgeWorker, type Suspicion } from './suspects';

const IN_MOTION: readonly BatchStatus[] = ['dispatched', 'running', 'sweeping'];
const LOOK_AT = 1_000;
/** The worker of an execution of process-batch: its own, or one that settles it. */
const workerIdOfExecution = (name: string): string | undefined => WorkerId.safeParse(name.replace(/-settle-\d+$/, '')).data;

/** Living workers, running executions and batches in motion against each other. Reads only. */
export async function lookAtWork(deps: LookDeps, running: readonly string[], alive: readonly CountedWorker[]): Promise<Looked> {
  const caredFor = new Set(running.map(workerIdOfExecution));
  const batches = (await Promise.all(IN_MOTION.map((status) => deps.stores.batches.withStatus(status, LOOK_AT)))).flat();
  const workers = new Map(alive.map(({ worker }) => [worker.workerId, worker]));
  const all = [
    await judgeEach(
      deps,
      [...workers.keys()],
      (id) => `worker ${id}`,
      (id) => lookAtWorker(deps, id, caredFor),
    ),
    await judgeEach(
      deps,
      running,
      (name) => `execution ${name}`,
      (name) => lookAtExecution(deps, name),
    ),
    await judgeEach(
      deps,
      batches,
      ({ batchId }) => `batch ${batchId}`,
      (batch) => lookAtBatch(deps, batch, workers, caredFor),
    ),
  ];
  return { suspicions: all.flatMap(({ suspicions }) => suspicions), isWhole: all.every(({ isWhole }) => isWhole) };
}

/** The list of living workers is a little old, so each is read again. */
/** Living workers, running executions and batches in motion against each other. Reads only. */
export async function lookAtWorker(
  deps: LookDeps,
  workerId: string,
  caredFor: ReadonlySet<string | undefined>,
): Promise<Suspicion | undefined> {
  const { worker, ...belongs } = await belongingTo(deps, workerId);
  const isCaredFor = caredFor.has(workerId);
  return worker === undefined ? undefined : judgeWorker({ worker, ...belongs, isCaredFor }, deps.now(), deps.rules);
}

async function lookAtExecution(deps: LookDeps, name: string): Promise<Suspicion | undefined> {
  const workerId = workerIdOfExecution(name);
  return workerId === undefined ? undefined : judgeExecution({ name, workerId, ...(await belongingTo(deps, workerId)) });
}

async function lookAtBatch(
  deps: LookDeps,
  listed: Batch,
  workers: ReadonlyMap<string, Worker>,
  caredFor: ReadonlySet<string | undefined>,
): Promise<Suspicion | undefined> {
  if (caredFor.has(workerIdOf(listed.batchId, listed.attempt))) return undefined;
  const batch = await deps.stores.batches.get(listed.batchId);
  if (batch === undefined) return undefined;
  const workerId = workerIdOf(batch.batchId, batch.attempt);
  const worker = workers.get(workerId);
  return judgeBatch(batch, caredFor.has(workerId), worker?.settlesGivenUp !== undefined);
}
