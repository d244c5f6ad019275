import type { Source } from '../entities';
import type { Deps } from '../use-cases/deps';
import { changeOf, type SourceSettings } from './settings';

export type SettingsChanged =
  | { readonly outcome: 'changed'; readonly source: Source; readonly lines: readonly string[] }
  | { readonly outcome: 'unchanged'; readonly source: Source; readonly lines: readonly string[] }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'contended' };

/** Others write the same source while a cycle runs; the settings are none of theirs, so each try applies them to what stands then. */
const TRIES = 5;

/**
 * Changes the settings of a source: all of them in one conditional write with one line of history, or none. Safe to repeat: the second
 * time nothing changes and nothing is written. Batches that are planned already take the new priority and keep their providers.
 */
export async function changeSettings(
  deps: Pick<Deps, 'stores' | 'now'>,
  sourceId: string,
  settings: SourceSettings,
  actor: string,
): Promise<SettingsChanged> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const source = await deps.stores.sources.get(sourceId);
    if (source === undefined) return { outcome: 'missing' };
    const now = deps.now();
    const { set, remove, lines } = changeOf(source, settings, now);
    if (lines.length === 0) return { outcome: 'unchanged', source, lines };
    const at = now.toISOString();
    const event = { entityId: sourceId, sourceId, at, type: 'settings-changed', actor, detail: lines.join(', ').slice(0, 1000) };
    const written = await deps.stores.sources.change(source, set, event, remove);
    if (written.outcome === 'written') return { outcome: 'changed', source: written.item, lines };
  }
  return { outcome: 'contended' };
}
