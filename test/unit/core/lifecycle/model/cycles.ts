/** What discovery and people do to a source. */
import type { Batch, Source } from '../../../../../layers/core/entities';
import { merged } from '../../../../../layers/adapters/merge';
import { batchIdOf } from '../../../../../layers/core/ids';
import { change } from './apply';
import { has, inMotion, violate, type World } from './world';

const BATCH_RUNS = 2;

const sourceOf = (world: World, sourceId: string): Source => world.sources.get(sourceId) as Source;
const batchesOf = (world: World, sourceId: string): readonly Batch[] =>
  [...world.batches.values()].filter((batch) => batch.sourceId === sourceId);

export function startCycle(world: World, sourceId: string): void {
  const source = sourceOf(world, sourceId);
  const isBlocked = source.needsAttention !== undefined;
  if (isBlocked && has(world, 'attention-blocks')) return;
  const started = change(world, 'source', sourceId, 'cycle-started', { set: { cycle: source.cycle + 1 } });
  if (started && isBlocked) violate(world, `I12: a cycle of ${sourceId} although it needs attention`);
}

/** A good listing becomes a plan; one that is bad, or a cycle that dies, changes nothing. */
export function endCycle(world: World, sourceId: string, how: 'planned' | 'too-much' | 'died'): void {
  const source = sourceOf(world, sourceId);
  if (source.phase !== 'listing') return;
  if (how === 'died') {
    change(world, 'source', sourceId, 'cycle-failed');
    return;
  }
  const due = (world.listed.get(sourceId) ?? []).filter((run) => !world.home.has(run) && !isClaimed(world, run));
  for (let at = 0; at < due.length; at += BATCH_RUNS) addBatch(world, source, at / BATCH_RUNS + 1, due.slice(at, at + BATCH_RUNS));
  const set = { listingCycle: source.cycle, approval: how === 'planned' ? 'none' : 'waiting' } as const;
  change(world, 'source', sourceId, how === 'planned' ? 'plan-stored' : 'approval-needed', { set });
  for (const batch of batchesOf(world, sourceId)) {
    if (batch.cycle < source.cycle && batch.status === 'planned')
      change(world, 'batch', batch.batchId, 'supersede', { where: { attempt: 0 } });
  }
}

const isClaimed = (world: World, run: string): boolean => {
  const holder = world.batches.get(world.claims.get(run) ?? '');
  return holder !== undefined && inMotion(holder);
};

function addBatch(world: World, source: Source, index: number, runs: readonly string[]): void {
  const batchId = batchIdOf(source.sourceId, source.cycle, index);
  world.plans.set(batchId, runs);
  world.batches.set(batchId, {
    batchId,
    sourceId: source.sourceId,
    cycle: source.cycle,
    status: 'planned',
    attempt: 0,
    attemptLimit: 2,
    cancelRequested: false,
    attempts: [],
    completeRuns: 0,
    failedRuns: 0,
  } as unknown as Batch);
}

export function approve(world: World, sourceId: string): void {
  if (sourceOf(world, sourceId).approval === 'waiting') change(world, 'source', sourceId, 'approved', { set: { approval: 'approved' } });
}

/** A person ends what is planned, and asks that what runs be stopped. */
export function cancelSource(world: World, sourceId: string): void {
  for (const { batchId, status } of batchesOf(world, sourceId)) {
    if (status === 'planned') cancelPlanned(world, batchId);
    else change(world, 'batch', batchId, 'ask-cancel');
  }
  const left = batchesOf(world, sourceId).some(inMotion);
  if (!left) change(world, 'source', sourceId, 'cancelled', { set: { approval: 'none' } });
}

export function cancelPlanned(world: World, batchId: string): void {
  if (world.batches.get(batchId)?.status !== 'planned' || !change(world, 'batch', batchId, 'cancel')) return;
  releaseClaims(world, batchId);
}

export function releaseClaims(world: World, batchId: string, runs: readonly string[] = world.plans.get(batchId) ?? []): void {
  for (const run of runs) if (world.claims.get(run) === batchId) world.claims.delete(run);
}

/** Looks whether a source has anything left to wait for, and if not publishes it. */
export function publish(world: World, sourceId: string, fails: boolean): void {
  const { phase, listingCycle } = sourceOf(world, sourceId);
  const isOpen = ({ cycle, status }: Batch): boolean => cycle === listingCycle && (status === 'planned' || inMotion({ status } as Batch));
  if (phase === 'running' && !batchesOf(world, sourceId).some(isOpen)) change(world, 'source', sourceId, 'settled');
  else if (phase === 'publishing') change(world, 'source', sourceId, fails ? 'publish-failed' : 'published');
}

export function clearAttention(world: World, sourceId: string): void {
  world.sources.set(sourceId, merged(sourceOf(world, sourceId), {}, ['needsAttention']));
}

/** The archive changes a file of a run: for Trawl that is another run with the same accession, due beside the old one. */
export function changeArchive(world: World, at: number): void {
  world.changes += 1;
  const accession = `r${at}`;
  for (const [sourceId, runs] of world.listed)
    world.listed.set(
      sourceId,
      runs.map((run) => (run.split('.')[0] === accession ? `${accession}.${world.changes}` : run)),
    );
}
