import type { AttentionCode } from '../attention';
import type { Source } from '../entities';
import { ContendedError } from '../errors';
import type { Deps } from './deps';

export interface RaisedAttention {
  readonly code: AttentionCode;
  /** The cause in words, with the ids that a person looks up. */
  readonly detail: string;
  /** Name of the step that raises it. */
  readonly step: string;
  /** An earlier reason that this one follows from, and takes the place of. */
  readonly instead?: AttentionCode;
}

/** Another writer may come between; each try reads again. */
const TRIES = 5;

/**
 * Sets attention on a source, which stops new cycles, dispatches and retries of it. The first reason stays until a person clears it, but for one that
 * this follows from, so running twice changes nothing. A source that was removed meanwhile needs none.
 */
export async function raiseAttention(deps: Pick<Deps, 'stores' | 'now'>, sourceId: string, raised: RaisedAttention): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const source = await deps.stores.sources.get(sourceId);
    if (!source || (source.needsAttention && source.needsAttention.reason !== raised.instead)) return;
    const written = await deps.stores.sources.change(source, attentionOf(raised, deps.now()), {
      entityId: sourceId,
      sourceId,
      at: deps.now().toISOString(),
      type: 'attention-raised',
      actor: raised.step,
      detail: `${raised.code}: ${raised.detail}`,
    });
    if (written.outcome === 'written') return;
  }
  throw new ContendedError(sourceId);
}

const attentionOf = (raised: RaisedAttention, now: Date): Pick<Source, 'needsAttention' | 'lastRunStatus'> => ({
  needsAttention: { reason: raised.code, detail: raised.detail, step: raised.step, at: now.toISOString() },
  lastRunStatus: 'error',
});
