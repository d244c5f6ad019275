import { lastCycleOf } from '../api/removal';
import type { Source } from '../entities';
import { ContendedError } from '../errors';
import type { HistoryEvent } from '../records';
import type { Deps } from '../use-cases/deps';
import { newSource } from './new-source';
import type { Resolved } from './resolve-source';
import type { SourceDefaults, SourceSettings } from './settings';

type AddDeps = Pick<Deps, 'stores' | 'now'>;
/** For whom, and with which settings. */
export interface Adding {
  readonly actor: string;
  readonly settings: SourceSettings;
  readonly defaults: SourceDefaults;
  /** What it added in a try that did not live to say so is counted as added. */
  readonly operationId: string;
}

const TRIES = 5;
const eventOf = (sourceId: string, type: string, at: Date, actor: string, detail?: string): HistoryEvent => ({
  entityId: sourceId,
  sourceId,
  at: at.toISOString(),
  type,
  actor,
  ...(detail !== undefined && { detail }),
});

/**
 * Makes the source, or finds that it is there; one that ENA does not know begins in attention. Safe to repeat: an existing source keeps
 * its settings and is at most given its name.
 */
export async function addResolved(deps: AddDeps, resolved: Resolved, adding: Adding): Promise<'added' | 'existing'> {
  const { sourceId } = resolved;
  const now = deps.now();
  const lastCycle = await lastCycleOf(deps, sourceId);
  const isKnown = resolved.outcome === 'known';
  const source = newSource(sourceId, adding.settings, adding.defaults, {
    ...{ now, lastCycle, addedBy: adding.operationId },
    ...(isKnown && resolved.name !== undefined && { name: resolved.name }),
    ...(!isKnown && {
      needsAttention: { reason: 'source-unresolved', detail: resolved.detail, step: 'resolve-sources', at: now.toISOString() },
    }),
  });
  const detail = isKnown ? resolved.note : resolved.detail;
  const written = await deps.stores.sources.add(source, eventOf(sourceId, 'source-added', now, adding.actor, detail));
  if (written.outcome === 'written') return 'added';
  if (isKnown && resolved.name !== undefined) await giveName(deps, sourceId, resolved.name, adding.actor);
  return written.item?.addedBy === adding.operationId ? 'added' : 'existing';
}

async function giveName(deps: AddDeps, sourceId: string, name: string, actor: string): Promise<void> {
  await changing(deps, sourceId, async (source) =>
    source.name === name
      ? undefined
      : deps.stores.sources.change(source, { name }, eventOf(sourceId, 'source-named', deps.now(), actor, name)),
  );
}

/** A source that stood under a secondary accession alone, in attention, is taken away once the study it means is followed. */
export async function dropUnresolved(deps: AddDeps, askedId: string, became: string, actor: string): Promise<void> {
  await changing(deps, askedId, async (source) => {
    await deps.stores.events.append(eventOf(askedId, 'remove-asked', deps.now(), actor, `cycle ${source.cycle}`));
    await deps.stores.events.append(eventOf(askedId, 'source-resolved', deps.now(), actor, `it is ${became}`));
    return deps.stores.sources.remove(source);
  });
}

/** Reads and writes until no other writer comes in between; a source that is not there, or needs no change, is left. */
async function changing(
  deps: AddDeps,
  sourceId: string,
  write: (source: Source) => Promise<{ readonly outcome: 'written' | 'conflict' } | undefined>,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const source = await deps.stores.sources.get(sourceId);
    const written = source === undefined ? undefined : await write(source);
    if (written?.outcome !== 'conflict') return;
  }
  throw new ContendedError(sourceId);
}
