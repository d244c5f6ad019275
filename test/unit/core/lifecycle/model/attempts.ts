/** From a planned batch to the end of its job. */
import type { Batch, Job, Worker } from '../../../../../layers/core/entities';
import { jobIdOf, workerIdOf } from '../../../../../layers/core/ids';
import { change } from './apply';
import { cancelPlanned, releaseClaims } from './cycles';
import {
  BUDGET_DOLLARS,
  CAP,
  has,
  inMotion,
  isOpen,
  machinesOf,
  RESERVED_DOLLARS,
  timeOf,
  violate,
  type Machine,
  type Message,
  type World,
} from './world';

/** Claims, then the one transaction that reserves worker, slot and dollars. It may end after the claims. */
export function dispatch(world: World, batchId: string, dies: boolean): void {
  const batch = world.batches.get(batchId);
  if (batch?.status !== 'planned') return;
  const source = world.sources.get(batch.sourceId);
  if (source?.phase !== 'running') return;
  const isBlocked = source.needsAttention !== undefined;
  if (isBlocked && has(world, 'attention-blocks')) return;
  const mine = claim(world, batch);
  if (dies) return;
  if (mine.length === 0) {
    if (change(world, 'batch', batchId, 'complete')) releaseClaims(world, batchId);
    return;
  }
  admit(world, batch, mine);
  if (isBlocked && world.batches.get(batchId)?.status === 'dispatched') violate(world, `I12: ${batchId} dispatched under attention`);
}

/** The stages before a planned batch, in batches of their own, failed every run of it. */
export function failBefore(world: World, batchId: string): void {
  const batch = world.batches.get(batchId);
  if (batch?.status !== 'planned' || world.sources.get(batch.sourceId)?.phase !== 'running') return;
  if (change(world, 'batch', batchId, 'partial', { where: { attempt: batch.attempt } })) releaseClaims(world, batchId);
}

function claim(world: World, { batchId }: Batch): readonly string[] {
  const open = (world.plans.get(batchId) ?? []).filter((run) => !world.home.has(run));
  return open.filter((run) => {
    const holder = world.claims.get(run);
    if (holder !== undefined && holder !== batchId && has(world, 'claims')) return false;
    world.claims.set(run, batchId);
    return true;
  });
}

function admit(world: World, batch: Batch, runs: readonly string[]): void {
  if (world.slotsTaken + 1 > CAP && has(world, 'caps')) return;
  if (world.dollarsSpent + world.dollarsReserved + RESERVED_DOLLARS > BUDGET_DOLLARS && has(world, 'budget')) return;
  const { batchId, attempt: before, notBefore, cancelRequested } = batch;
  if (!change(world, 'batch', batchId, 'admit', { where: { attempt: before } })) return;
  if (notBefore !== undefined && notBefore > timeOf(world.now)) violate(world, `I8: ${batchId} started before its pause was over`);
  if (cancelRequested) violate(world, `I10: ${batchId} started although it was cancelled`);
  const attempt = before + 1;
  const workerId = workerIdOf(batchId, attempt);
  world.workers.set(workerId, {
    ...{ workerId, batchId, sourceId: batch.sourceId, attempt, status: 'requested', sweep: 0, sweepFailures: 0 },
    ...{ reservedDollars: RESERVED_DOLLARS, slots: 1 },
  } as Worker);
  world.manifests.set(workerId, runs);
  world.slotsTaken += 1;
  world.dollarsReserved += RESERVED_DOLLARS;
}

export type Result = 'finished' | 'failed' | 'lost' | 'cancelled';
export type Reply = 'answered' | 'lost' | 'late-birth' | 'not-carried-out' | 'refused';
const LATE_BIRTH_SECONDS = 600;

/** Asks the provider for the machine: the intent is written first, and what was asked for once is only looked for. */
export function provision(world: World, workerId: string, reply: Reply): void {
  const worker = world.workers.get(workerId);
  if (worker?.status !== 'requested') return;
  const { batchId, attempt, sourceId } = worker;
  const batch = world.batches.get(batchId);
  const asked = world.jobs.get(workerId);
  if (asked !== undefined && !isOpen(asked)) return;
  const fields = { jobId: jobIdOf(workerId, 'fetch'), kind: 'run', sourceId, workerId, batchId, attempt, status: 'requested' } as const;
  world.jobs.set(workerId, asked ?? ({ ...fields, requestedAt: timeOf(world.now) } as Job));
  if (batch?.attempt !== attempt || batch.cancelRequested) {
    endJob(world, workerId, 'cancelled', 'cancel-requested');
    return;
  }
  const known = machinesOf(world, workerId).find(({ bornAt }) => bornAt <= world.now);
  if (known) return void change(world, 'worker', workerId, 'created');
  if (asked !== undefined && has(world, 'look-first')) return;
  if (reply === 'refused') {
    endJob(world, workerId, 'failed', 'no-size-fits');
    return;
  }
  if (reply === 'not-carried-out') return;
  const bornAt = world.now + (reply === 'late-birth' ? LATE_BIRTH_SECONDS : 0);
  world.machines.push({ workerId, batchId, attempt, bornAt, results: new Map(), works: false });
  if (reply === 'answered') change(world, 'worker', workerId, 'created');
}

/** The machine speaks up, or goes on with what it was let in for; what it says may be said twice. */
export function work(world: World, machine: Machine, bad: boolean, fails: boolean, copies: number): void {
  if (machine.bornAt > world.now) return;
  const say = (kind: Message['kind']): void => {
    for (let copy = 0; copy < copies; copy += 1) world.messages.push({ workerId: machine.workerId, kind });
  };
  if (!machine.works) {
    say('started');
    return;
  }
  // Its job is over: the answer to its next word, or its own watchdog, stops it.
  if (!isOpen(world.jobs.get(machine.workerId))) return;
  const missing = (world.manifests.get(machine.workerId) ?? []).find((run) => !machine.results.has(run) && !world.home.has(run));
  if (missing !== undefined) machine.results.set(missing, bad ? 'bad' : 'good');
  else say(fails ? 'failed' : 'finished');
}

/** A callback arrives; in which order, how often and how late nobody knows (I7, I11). Its function may die after the first write. */
export function deliver(world: World, { workerId, kind }: Message, dies = false): void {
  const job = world.jobs.get(workerId);
  if (job === undefined) return;
  const hasStarted = change(world, 'job', workerId, 'started');
  if (dies && hasStarted) return;
  // Whatever it says first, it has started.
  if (isOpen(world.jobs.get(workerId))) {
    for (const machine of machinesOf(world, workerId)) machine.works = true;
    change(world, 'worker', workerId, 'created');
    change(world, 'batch', job.batchId ?? '', 'started', { where: { attempt: job.attempt } });
  }
  if (kind !== 'started') endJob(world, workerId, kind, kind === 'finished' ? 'finished' : 'failed');
}

/** The first end stands. */
export function endJob(world: World, workerId: string, result: Result, cause: string): void {
  change(world, 'job', workerId, result, { set: { cause } });
}

/** The work on a worker has ended: it is to be swept, unless it went with what it had. It may die between the two writes. */
export function awaitSwept(world: World, workerId: string, dies: boolean): void {
  const job = world.jobs.get(workerId);
  if (job?.startedAt === undefined || isOpen(job)) return;
  change(world, 'batch', job.batchId ?? '', 'work-ended', { where: { attempt: job.attempt } });
  if (dies) return;
  if (job.cause === 'machine-gone') change(world, 'worker', workerId, 'destroy', { nothingToSweep: true });
  else change(world, 'worker', workerId, 'work-ended');
}

/** The provider takes a machine away, and what it had with it. */
export function takeAway(world: World, machine: Machine | undefined): void {
  if (machine !== undefined && machine.bornAt <= world.now) world.machines.splice(world.machines.indexOf(machine), 1);
}

/** What the heartbeat does about a worker of which nothing is heard: the provider does not show it, or its time is over. */
export function probe(world: World, workerId: string, overdue: boolean): void {
  const worker = world.workers.get(workerId);
  const job = world.jobs.get(workerId);
  if (worker === undefined || !isOpen(job)) return;
  const shown = machinesOf(world, workerId).some(({ bornAt }) => bornAt <= world.now);
  if (shown && !overdue) return;
  const gone = job?.startedAt === undefined ? 'machine-absent' : 'machine-gone';
  endJob(world, workerId, 'lost', shown ? 'run-overdue' : gone);
}

export function stopAsked(world: World, batchId: string): void {
  const batch = world.batches.get(batchId);
  if (batch === undefined) return;
  if (batch.status === 'planned') {
    cancelPlanned(world, batchId);
    return;
  }
  if (batch.cancelRequested && inMotion(batch)) endJob(world, workerIdOf(batchId, batch.attempt), 'cancelled', 'cancel-requested');
}
