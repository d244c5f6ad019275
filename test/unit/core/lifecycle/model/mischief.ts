/** Courses that chance alone seldom takes: deaths between two writes, and workers that are swept while their batch has not noticed. */
import type { Worker } from '../../../../../layers/core/entities';
import { workerIdOf } from '../../../../../layers/core/ids';
import { awaitSwept, deliver, dispatch, endJob, provision, takeAway } from './attempts';
import { aimed, type Choices } from './choices';
import { actOnHold, LEASE_SECONDS, release, settle, sweep, verified, type Settlement } from './endings';
import { change } from './apply';
import { endCycle, startCycle } from './cycles';
import { born, isOpen, machinesOf, type World } from './world';

const someWorker = (world: World, choices: Choices, meant: (worker: Worker) => boolean): Worker | undefined =>
  aimed(choices, [...world.workers.values()].filter(meant), () => true);
const isAtWork = (world: World, { workerId, status }: Worker): boolean =>
  (status === 'requested' || status === 'live') &&
  isOpen(world.jobs.get(workerId)) &&
  machinesOf(world, workerId).some((one) => born(world, one));
const SETTLEMENTS: readonly Settlement[] = ['as-found', 'put-off', 'put-off', 'partial', 'eager-retry', 'eager-retry'];

function sweepNow(world: World, workerId: string): void {
  sweep(world, workerId);
  const at = world.verifications.findIndex((one) => one.workerId === workerId);
  const [verification] = at < 0 ? [] : world.verifications.splice(at, 1);
  if (verification) verified(world, verification, 'verified');
}

/** One that is asked for and has its machine, or a planned batch brought so far. */
function provided(world: World, choices: Choices): Worker | undefined {
  const there = someWorker(world, choices, (one) => isAtWork(world, one) && world.jobs.get(one.workerId)?.status === 'requested');
  if (there !== undefined) return there;
  const batch = choices.oneOf([...world.batches.values()].filter(({ status }) => status === 'planned'));
  if (batch === undefined) return undefined;
  dispatch(world, batch.batchId, false);
  const workerId = workerIdOf(batch.batchId, batch.attempt + 1);
  provision(world, workerId, choices.rarely(2) ? 'answered' : 'lost');
  const worker = world.workers.get(workerId);
  return worker !== undefined && isAtWork(world, worker) ? worker : undefined;
}

function atWork(world: World, choices: Choices): Worker | undefined {
  const there = someWorker(world, choices, (one) => isAtWork(world, one) && world.jobs.get(one.workerId)?.status === 'started');
  const worker = there ?? provided(world, choices);
  if (worker !== undefined) deliver(world, { workerId: worker.workerId, kind: 'started' });
  return worker;
}

/** Held, swept once more, and home when the next attempt is under way already. */
export function sweepHeld(world: World, choices: Choices): void {
  const worker = someWorker(world, choices, ({ status }) => status === 'held');
  if (worker === undefined) return;
  actOnHold(world, worker.workerId, 'retry-sweep');
  sweepNow(world, worker.workerId);
}

/** The function that hears *started* dies after its first write; the work goes on all the same, as on a cluster, and ends. */
export function deathAtStart(world: World, choices: Choices): void {
  const worker = provided(world, choices);
  if (worker === undefined) return;
  const { workerId } = worker;
  deliver(world, { workerId, kind: 'started' }, true);
  fetchSome(world, workerId, choices);
  endJob(world, workerId, choices.oneOf(['finished', 'lost', 'failed'] as const) ?? 'lost', 'finished');
  if (choices.rarely(2)) awaitSwept(world, workerId, choices.rarely(2));
  else sweptUnnoticed(world, worker, choices);
}

function fetchSome(world: World, workerId: string, choices: Choices): void {
  const [machine] = machinesOf(world, workerId);
  for (const run of world.manifests.get(workerId) ?? [])
    if (!choices.rarely(4)) machine?.results.set(run, choices.rarely(6) ? 'bad' : 'good');
}

/** Its execution has passed it by: the schedule sweeps it, and its batch is settled from where it stands. */
function sweptUnnoticed(world: World, { workerId, batchId }: Worker, choices: Choices): void {
  release(world, workerId, 'answers');
  if (choices.rarely(3)) change(world, 'batch', batchId, 'ask-cancel');
  sweepNow(world, workerId);
  settle(world, workerId, choices.oneOf(SETTLEMENTS) ?? 'as-found');
}

export function endUnnoticed(world: World, choices: Choices): void {
  const worker = atWork(world, choices);
  if (worker === undefined) return;
  fetchSome(world, worker.workerId, choices);
  endJob(world, worker.workerId, 'finished', 'finished');
  sweptUnnoticed(world, worker, choices);
}

/** Taken away at work; who looks first has it swept, who looks next finds that it is gone. */
export function goneUnnoticed(world: World, choices: Choices): void {
  const worker = atWork(world, choices);
  if (worker === undefined) return;
  for (const machine of machinesOf(world, worker.workerId)) takeAway(world, machine);
  endJob(world, worker.workerId, 'lost', 'machine-gone');
  release(world, worker.workerId, 'answers');
  awaitSwept(world, worker.workerId, false);
}

/** Another sweep comes too early, and again when the one that holds the lease has said nothing until it ran out; both end. */
export function leaseLost(world: World, choices: Choices): void {
  const worker = someWorker(world, choices, ({ status }) => status === 'sweeping');
  if (worker === undefined) return;
  sweep(world, worker.workerId);
  world.now += LEASE_SECONDS + 1;
  sweep(world, worker.workerId);
}

/** A plan waits for a person when the next cycle begins, and dies, or plans anew. */
export function planAgain(world: World, choices: Choices): void {
  const waiting = [...world.sources.values()].filter(({ approval }) => approval === 'waiting');
  const source = choices.oneOf(waiting);
  if (source === undefined) return;
  startCycle(world, source.sourceId);
  endCycle(world, source.sourceId, choices.oneOf(['died', 'died', 'planned', 'too-much'] as const) ?? 'died');
}

/** A person has it cancelled at work; a settlement that was decided before asks for another attempt. */
export function cancelRunning(world: World, choices: Choices): void {
  const worker = choices.rarely(2) ? provided(world, choices) : atWork(world, choices);
  if (worker === undefined) return;
  change(world, 'batch', worker.batchId, 'ask-cancel');
  if (choices.rarely(2)) endJob(world, worker.workerId, 'cancelled', 'cancel-requested');
  if (choices.rarely(3)) release(world, worker.workerId, 'answers');
  else settle(world, worker.workerId, 'eager-retry');
}
