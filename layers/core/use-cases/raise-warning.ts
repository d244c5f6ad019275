import { ContendedError } from '../errors';
import { withWarning, type Warning } from '../warnings';
import type { Deps } from './deps';

/** Another writer may come between; each try reads again. */
const TRIES = 5;

/**
 * Adds a warning to a source, where it happens. One of its code that stands already stays, so running twice changes nothing; the event
 * that looks after its code takes it away. A source that was removed meanwhile needs none.
 * @throws ContendedError when others wrote each time
 */
export async function raiseWarning(deps: Pick<Deps, 'stores' | 'now'>, sourceId: string, raised: Warning, step: string): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const source = await deps.stores.sources.get(sourceId);
    if (!source) return;
    const generatedWarning = withWarning(source.generatedWarning, raised);
    if (generatedWarning === source.generatedWarning) return;
    const event = {
      ...{ entityId: sourceId, sourceId, at: deps.now().toISOString() },
      ...{ type: 'warning-raised', actor: step, detail: `${raised.code}: ${raised.detail}` },
    };
    if ((await deps.stores.sources.change(source, { generatedWarning }, event)).outcome === 'written') return;
  }
  throw new ContendedError(sourceId);
}
