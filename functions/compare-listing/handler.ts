import { z } from 'zod';
import { compareSource, type CompareDeps } from '../../layers/core/discovery/compare-source';
import { RecordMissingError } from '../../layers/core/errors';
import { SourceId } from '../../layers/core/ids';

export const Input = z.object({ sourceId: SourceId, cycle: z.number().int().positive() });
export type Input = z.infer<typeof Input>;

export type Output =
  | {
      readonly outcome: 'compared';
      readonly known: number;
      readonly changes: Readonly<Record<string, number>>;
      readonly states: Readonly<Record<string, number>>;
    }
  | { readonly outcome: 'rejected'; readonly code: string; readonly detail: string };

/**
 * What is new, changed, withdrawn or back, what is left out and why, and what is due. Running it twice is safe: it reads the table and
 * writes only this cycle's own keys.
 */
export const compareListingHandler =
  (deps: CompareDeps) =>
  async ({ sourceId, cycle }: Input): Promise<Output> => {
    const source = await deps.stores.sources.get(sourceId);
    if (source === undefined) throw new RecordMissingError('source', sourceId);
    const compared = await compareSource(deps, source, cycle);
    if (compared.outcome === 'rejected') return compared;
    const { known, changes, states } = compared.summary;
    return { outcome: 'compared', known, changes, states };
  };
