import { FINAL_BATCH_STATUSES, type Source } from '../entities';
import { slug } from '../ids';
import type { Deps } from '../use-cases/deps';
import { type Places, homeOf } from './places';

type RemovalDeps = Pick<Deps, 'stores' | 'now'>;
export type Removed =
  | { readonly outcome: 'done'; readonly sourceId: string; readonly stays: readonly string[] }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'missing' };

const REMOVE_ASKED = 'remove-asked';
const cycleDetail = (cycle: number): string => `cycle ${cycle}`;

/**
 * The newest cycle that a source ever started, also when it was removed since; 0 for one that is new. Read from its events, the newest first: both
 * the start of a cycle and a removal carry its number. Workers of a source that was removed may go on ending for long, each with an event of its own.
 */
export async function lastCycleOf({ stores }: Pick<Deps, 'stores'>, sourceId: string): Promise<number> {
  let cursor: string | undefined;
  do {
    const page = await stores.events.ofSource(sourceId, { limit: 50, ...(cursor !== undefined && { cursor }) });
    const found = page.items.find(({ type }) => type === REMOVE_ASKED || type === 'source-cycle-started');
    if (found !== undefined) return Number(/^cycle (\d+)$/.exec(found.detail ?? '')?.[1] ?? 0);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return 0;
}

/**
 * Stops following a source. Refused while anything of it is in motion; results, listings and history stay. The history line comes first:
 * should the removal not follow it, the source is still there and asking again is safe.
 */
export async function removeSource(deps: RemovalDeps, places: Places, sourceId: string, actor: string): Promise<Removed> {
  const source = await deps.stores.sources.get(sourceId);
  if (!source) return { outcome: 'missing' };
  const reason = await reasonToKeep(deps, source);
  if (reason !== undefined) return { outcome: 'refused', reason };
  const at = deps.now().toISOString();
  await deps.stores.events.append({ entityId: sourceId, sourceId, at, type: REMOVE_ASKED, actor, detail: cycleDetail(source.cycle) });
  const written = await deps.stores.sources.remove(source);
  return written.outcome === 'written'
    ? { outcome: 'done', sourceId, stays: whatStays(places, source) }
    : { outcome: 'refused', reason: 'it was changed by somebody else at the same moment; try again' };
}

async function reasonToKeep({ stores }: RemovalDeps, source: Source): Promise<string | undefined> {
  if (source.cycleRunning) return 'a cycle is running; wait for its end';
  const batches = await stores.batches.ofSource(source.sourceId);
  const open = batches.filter(({ status }) => !FINAL_BATCH_STATUSES.includes(status)).length;
  if (open > 0) return `${open} batches are planned or running; cancel first`;
  return source.phase === 'publishing' ? 'its samplesheet is being written; try again in a minute' : undefined;
}

/** Where everything lies that a removal leaves alone, in words. */
const whatStays = (places: Places, { sourceId, counts }: Source): readonly string[] => [
  `results: ${counts.complete} complete runs below ${homeOf(places)}/runs/, linked from ${homeOf(places)}/sources/${slug(sourceId)}/links/`,
  `samplesheet: ${homeOf(places)}/sources/${slug(sourceId)}/samplesheet.csv`,
  `listings: s3://${places.bucket}/listings/${slug(sourceId)}/`,
  `history: "trawl log ${sourceId}"`,
];
