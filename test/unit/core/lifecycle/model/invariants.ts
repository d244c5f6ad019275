/** What must hold after every step; the numbers are design.md's. Those about single writes (I5, I6, I7, I12) are looked at where they are made. */
import { workerIdOf } from '../../../../../layers/core/ids';
import { born, BUDGET_DOLLARS, CAP, inMotion, isAlive, machinesOf, violate, type World } from './world';

export function check(world: World): void {
  oneBatchPerRun(world);
  machinesAreKnown(world);
  caps(world);
  sources(world);
  for (const [run, content] of world.home) if (content === 'bad') violate(world, `I6: ${run} is home and is not what the archive has`);
  for (const { batchId, attempt, attemptLimit, attempts, status } of world.batches.values()) {
    if (attempt > attemptLimit) violate(world, `I8: ${batchId} is at attempt ${attempt} of ${attemptLimit}`);
    const told = attempts.map((one) => one.attempt);
    const over = status === 'planned' || status === 'partial' || status === 'complete' ? attempt : attempt - 1;
    if (new Set(told).size !== told.length || (attempt > 0 && told.length < over))
      violate(world, `I12: ${batchId} forgot an attempt: ${told.join()} of ${over}`);
  }
}

/** I1: a run has at most one batch that is dispatched and not over. */
function oneBatchPerRun(world: World): void {
  const seen = new Map<string, string>();
  for (const batch of world.batches.values()) {
    if (!inMotion(batch)) continue;
    for (const run of world.manifests.get(workerIdOf(batch.batchId, batch.attempt)) ?? []) {
      const other = seen.get(run);
      if (other !== undefined) violate(world, `I1: ${run} is fetched by ${other} and ${batch.batchId}`);
      seen.set(run, batch.batchId);
    }
  }
}

/** I2: every machine has the worker that its name says, and no worker has two. */
function machinesAreKnown(world: World): void {
  for (const { workerId } of world.machines) {
    if (!world.workers.has(workerId)) violate(world, `I2: a machine of ${workerId}, which nobody knows`);
    if (machinesOf(world, workerId).length > 1) violate(world, `I2: two machines of ${workerId}`);
  }
}

/** I3, I10: counters are what they count, and within the caps; machines that work are too. */
function caps(world: World): void {
  const alive = [...world.workers.values()].filter(isAlive);
  if (alive.length !== world.slotsTaken) violate(world, `I3: ${world.slotsTaken} slots counted for ${alive.length} workers`);
  if (alive.length > CAP) violate(world, `I3: ${alive.length} workers, above ${CAP}`);
  const working = world.machines.filter((machine) => machine.works && born(world, machine)).length;
  if (working > CAP) violate(world, `I3: ${working} machines at work, above ${CAP}`);
  for (const machine of world.machines)
    if (machine.works && world.workers.get(machine.workerId)?.status === 'gone')
      violate(world, `I10: ${machine.workerId} works, and its slot is free`);
  const reserved = alive.reduce((sum, { reservedDollars }) => sum + reservedDollars, 0);
  if (Math.abs(reserved - world.dollarsReserved) > 1e-6) violate(world, `I10: ${world.dollarsReserved} dollars reserved for ${reserved}`);
  if (world.dollarsSpent + reserved > BUDGET_DOLLARS)
    violate(world, `I10: ${world.dollarsSpent} spent and ${reserved} at risk, above ${BUDGET_DOLLARS}`);
}

/** A plan that waits for a person is neither forgotten nor carried out without him. */
function sources(world: World): void {
  for (const { sourceId, phase, approval } of world.sources.values()) {
    if (approval === 'waiting' && phase !== 'awaiting approval' && phase !== 'listing')
      violate(world, `I9: the plan of ${sourceId} waits, and it is ${phase}`);
    if (approval !== 'waiting' && phase === 'awaiting approval') violate(world, `I8: ${sourceId} waits for an approval of nothing`);
  }
}
