import { z } from 'zod';
import { OperationId } from '../../layers/core/operation';
import { resolveSources, type ResolveDeps, type ResolvedSome } from '../../layers/core/sources/resolve-sources';

export const Input = z.object({ operationId: OperationId });
export type Input = z.infer<typeof Input>;

/**
 * Asks ENA what the ids of an operation stand for, and makes their sources. Safe to repeat: it goes on after the last id that is noted,
 * and a source that is there already is left as it is.
 * @throws ArchiveUnavailableError when ENA cannot be asked now
 */
export const resolveSourcesHandler =
  (deps: ResolveDeps) =>
  ({ operationId }: Input): Promise<ResolvedSome> =>
    resolveSources(deps, operationId);
