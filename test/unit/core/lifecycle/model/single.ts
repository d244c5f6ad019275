/** Single steps that are more than one call, and what comes next for whom when nothing goes wrong. */

import type { Worker } from '../../../../../layers/core/entities';
import { awaitSwept, deliver, dispatch, probe, provision, work, type Reply } from './attempts';
import { approve, endCycle, publish, startCycle } from './cycles';
import {
  actOnHold,
  GIVEN_UP,
  reapOrphans,
  release,
  settle,
  sweep,
  verified,
  type Provider,
  type Settlement,
  type Verdict,
} from './endings';
import { Choices, someBatch, someSource } from './choices';
import { inMotion, isAlive, isOpen, machinesOf, violate, type World } from './world';

export type Step = (world: World, choices: Choices) => void;

export const CYCLES = ['planned', 'planned', 'too-much', 'died'] as const;
export const HOLD_ACTS = [
  ...(['retry-sweep', 'rescued', 'rescue-refused', 'hold-overdue', 'vanished'] as const),
  ...(['give-up', 'give-up', 'give-up'] as const),
] as const;
export const TO_RELEASE = ['requested', 'live', 'swept', 'destroying'] as const;
export const REPLIES: readonly Reply[] = [
  'answered',
  'answered',
  'answered',
  'answered',
  'lost',
  'lost',
  'late-birth',
  'not-carried-out',
  'refused',
];
export const PROVIDER: readonly Provider[] = ['answers', 'answers', 'answers', 'locked', 'silent'];
export const VERDICTS: readonly Verdict[] = ['verified', 'verified', 'failed', 'failed', 'lasting', 'lasting'];
export const SETTLEMENTS: readonly Settlement[] = ['as-found', 'put-off', 'partial', 'partial', 'eager-retry'];

export function deliverOne(world: World, choices: Choices, dies: boolean, at = choices.below(Math.max(1, world.messages.length))): void {
  const message = world.messages[at];
  if (message === undefined) return;
  if (!choices.rarely(4)) world.messages.splice(at, 1);
  const job = world.jobs.get(message.workerId);
  const batch = world.batches.get(job?.batchId ?? '');
  deliver(world, message, dies);
  const after = world.batches.get(job?.batchId ?? '');
  if (batch !== undefined && job !== undefined && batch.attempt !== job.attempt && after !== batch)
    violate(world, `I7: ${message.kind} of ${message.workerId} changed ${batch.batchId} at attempt ${batch.attempt}`);
  const once = JSON.stringify([after, world.workers.get(message.workerId), world.jobs.get(message.workerId)]);
  if (!choices.rarely(8) || dies) return;
  deliver(world, message);
  const twice = JSON.stringify([
    world.batches.get(job?.batchId ?? ''),
    world.workers.get(message.workerId),
    world.jobs.get(message.workerId),
  ]);
  if (once !== twice) violate(world, `I11: ${message.kind} of ${message.workerId}, heard twice, is not as heard once`);
}

/** One beat of the heart: what is swept or asked to end goes, orphans go. Two that were answered suffice (I4). */
export function beat(world: World, choices: Choices): void {
  const provider = choices.oneOf(PROVIDER) ?? 'answers';
  for (const { workerId, status, batchId, attempt } of world.workers.values()) {
    const isOver = !inMotion(world.batches.get(batchId) ?? ({} as never)) || world.batches.get(batchId)?.attempt !== attempt;
    if (status !== 'destroying' && !(status === 'swept' && isOver)) continue;
    release(world, workerId, provider);
    const beats = world.idleBeats.get(workerId) ?? 0;
    if (provider === 'answers' && beats !== GIVEN_UP && world.workers.get(workerId)?.status !== 'gone')
      world.idleBeats.set(workerId, beats + 1);
    if (beats > 2 && !world.machines.some((machine) => machine.workerId === workerId))
      violate(world, `I4: ${workerId} is swept and lives on`);
  }
  if (provider === 'answers') reapOrphans(world);
}

export function workOn(world: World, choices: Choices): void {
  const machine = choices.oneOf(world.machines);
  if (machine) work(world, machine, choices.rarely(6), choices.rarely(5), 1 + choices.below(2));
}

/** Jumps too; with a new month there is a new budget. */
export function passTime(world: World, seconds: number): void {
  const monthOf = (time: number): number => Math.floor(time / (30 * 86_400));
  if (monthOf(world.now + seconds) !== monthOf(world.now)) world.dollarsSpent = 0;
  world.now += seconds;
}

export function verifyOne(world: World, choices: Choices, at = choices.below(Math.max(1, world.verifications.length))): void {
  const verification = world.verifications[at];
  if (verification === undefined) return;
  if (!choices.rarely(6)) world.verifications.splice(at, 1);
  verified(world, verification, choices.oneOf(VERDICTS) ?? 'verified');
}

/** What comes next for a worker when nothing goes wrong. */
export function advanceWorker(world: World, { workerId, status, batchId, attempt }: Worker, choices: Choices): void {
  const job = world.jobs.get(workerId);
  const batch = world.batches.get(batchId);
  const [machine] = machinesOf(world, workerId);
  const verification = world.verifications.findIndex((one) => one.workerId === workerId);
  const message = world.messages.findIndex((one) => one.workerId === workerId);
  if (job === undefined) {
    provision(world, workerId, choices.oneOf(REPLIES) ?? 'answered');
    return;
  }
  if (isOpen(job) && message >= 0) {
    deliverOne(world, choices, false, message);
    return;
  }
  if (isOpen(job)) {
    if (machine === undefined) probe(world, workerId, false);
    else work(world, machine, choices.rarely(6), choices.rarely(2), 1);
    return;
  }
  if (job.startedAt !== undefined && (status === 'requested' || status === 'live')) {
    awaitSwept(world, workerId, false);
    return;
  }
  if (status === 'ready') {
    if (choices.rarely(2)) passTime(world, 60);
    else sweep(world, workerId);
    return;
  }
  if (status === 'sweeping') {
    verifyOne(world, choices, verification);
    return;
  }
  if (status === 'held' && !choices.rarely(3)) {
    actOnHold(world, workerId, choices.oneOf(HOLD_ACTS) ?? 'give-up');
    return;
  }
  if (batch !== undefined && inMotion(batch) && batch.attempt === attempt) {
    settle(world, workerId, choices.oneOf(SETTLEMENTS) ?? 'as-found');
    return;
  }
  release(world, workerId, choices.oneOf(PROVIDER) ?? 'answers');
}

/** Some worker, planned batch or source goes its way. */
export function advance(world: World, choices: Choices): void {
  const workers = [...world.workers.values()].filter(isAlive);
  if (workers.length > 0 && !choices.rarely(4)) {
    advanceWorker(world, choices.oneOf(workers) as Worker, choices);
    return;
  }
  const planned = someBatch(world, choices, ({ status }) => status === 'planned');
  if (planned !== '' && !choices.rarely(3)) {
    if (choices.rarely(4)) passTime(world, 60);
    else dispatch(world, planned, false);
    return;
  }
  const sourceId = someSource(world, choices, () => true);
  const phase = world.sources.get(sourceId)?.phase;
  if (phase === 'idle') startCycle(world, sourceId);
  else if (phase === 'listing') endCycle(world, sourceId, choices.oneOf(CYCLES) ?? 'died');
  else if (phase === 'awaiting approval') approve(world, sourceId);
  else publish(world, sourceId, choices.rarely(6));
}
