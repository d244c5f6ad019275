import { FINAL_BATCH_STATUSES, type Batch, type Source } from '../entities';
import { indexJobIdOf, stagesOfWork } from '../ids';
import { changeSource } from './change-status';
import { chunksOf } from './chunks';
import type { Deps } from './deps';
import { runsInWork } from './included-runs';
import { raiseAttention } from './raise-attention';
import { knownInMotion } from './known-in-motion';

/** Times that publishing is tried before a person is asked. */
export const PUBLISH_LIMIT = 5;

export type Evaluated = 'not-running' | 'batches-open' | 'links-open' | 'publishing' | 'given-up';

/**
 * Is there nothing left to wait for? Then the source is published: phase *publishing*, execution publish-source
 * `<slug>.<cycle>.index-<n>`. Safe to repeat, by anyone, at any time: a source that is publishing already has the same execution
 * started again, which its name makes a no-op.
 */
export async function evaluateSource(deps: Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>, sourceId: string): Promise<Evaluated> {
  const source = await deps.stores.sources.get(sourceId);
  if (source?.phase === 'publishing') return startPublishing(deps, source);
  if (source?.phase !== 'running') return 'not-running';
  const batches = await deps.stores.batches.ofSource(sourceId, source.listingCycle);
  if (batches.length < source.plannedBatches || batches.some(({ status }) => !FINAL_BATCH_STATUSES.includes(status))) return 'batches-open';
  if (await hasOpenLinks(deps, source, batches)) return 'links-open';
  if (source.indexAsked - source.indexDone >= PUBLISH_LIMIT) return giveUp(deps, source);
  const changed = await changeSource(deps, sourceId, 'settled', {
    actor: 'evaluate-source',
    // The numbers that were read: whoever evaluated it meanwhile has asked for this index job already.
    where: { listingCycle: source.listingCycle, indexAsked: source.indexAsked },
    set: { indexAsked: source.indexAsked + 1 },
  });
  return changed.outcome === 'changed' ? startPublishing(deps, changed.item) : 'publishing';
}

async function startPublishing(deps: Pick<Deps, 'machines'>, source: Source): Promise<Evaluated> {
  const { sourceId, listingCycle: cycle, indexAsked: index } = source;
  await deps.machines.start('publish-source', indexJobIdOf(sourceId, cycle, index), { sourceId, cycle, index });
  return 'publishing';
}

async function giveUp(deps: Pick<Deps, 'stores' | 'now'>, source: Source): Promise<Evaluated> {
  const job = indexJobIdOf(source.sourceId, source.listingCycle, source.indexAsked);
  await raiseAttention(deps, source.sourceId, {
    code: 'publish-failing',
    detail: `${PUBLISH_LIMIT} tries, the last one is ${job}`,
    step: 'evaluate-source',
  });
  await changeSource(deps, source.sourceId, 'cancelled', {
    actor: 'evaluate-source',
    detail: 'publishing was given up',
    // Tries are counted anew once a person has cleared the attention.
    set: { indexDone: source.indexAsked },
  });
  return 'given-up';
}

/** Runs that none of these batches fetches, but another does: left out by the comparison, or by a batch at its dispatch. Open while a batch in motion holds their claim. */
async function hasOpenLinks(deps: Pick<Deps, 'stores' | 'objects'>, source: Source, batches: readonly Batch[]): Promise<boolean> {
  const keys = batches.flatMap((batch) => {
    const stages = stagesOfWork(batch);
    return batch.linkedRuns.flatMap((run) => stages.map(({ name, revision }) => `${run}#${name}@${revision}`));
  });
  for await (const { fetchKey } of runsInWork(deps, source.sourceId, source.listingCycle)) keys.push(fetchKey);
  for (const chunk of chunksOf([...new Set(keys)])) {
    if ([...(await knownInMotion(deps.stores, chunk)).values()].some(({ claim }) => claim !== undefined)) return true;
  }
  return false;
}
