import { z } from 'zod';
import { discoverListing } from '../../layers/core/discovery/discover-listing';
import { withEnaPlace, type PlaceDeps } from '../../layers/core/discovery/ena-place';
import type { DiscoverDeps, Listed } from '../../layers/core/discovery/listing-steps';
import { RecordMissingError } from '../../layers/core/errors';
import { SourceId } from '../../layers/core/ids';

export const Input = z.object({ sourceId: SourceId, cycle: z.number().int().positive() });
export type Input = z.infer<typeof Input>;

/**
 * Asks ENA for everything that a source holds and keeps it as this cycle's listing, or says why the answer does not count, or that a
 * further call has to go on. Running it twice is safe: it writes only under this cycle's own keys, a window under its own number, and
 * nothing points at them before the plan is stored.
 * @throws ArchiveUnavailableError when ENA cannot be asked now and does not say when, or others ask it already
 */
export const listRunsHandler =
  (deps: DiscoverDeps & PlaceDeps) =>
  async ({ sourceId, cycle }: Input): Promise<Listed> => {
    const source = await deps.stores.sources.get(sourceId);
    if (source === undefined) throw new RecordMissingError('source', sourceId);
    return withEnaPlace(deps, `${sourceId}#${cycle}`, () => discoverListing(deps, source, cycle));
  };
