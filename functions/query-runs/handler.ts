import { z } from 'zod';
import { RUN_STATES } from '../../layers/core/discovery/documents';
import { queryRuns, type QueryDeps, type QueriedRuns } from '../../layers/core/discovery/query-runs';
import { SourceId } from '../../layers/core/ids';

/** `GET /sources/{id}/runs`: path and query parameters as one object. */
export const Input = z.object({
  sourceId: SourceId,
  state: z.enum(RUN_STATES).optional(),
  search: z.string().min(1).max(100).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(20).optional(),
});
export type Input = z.output<typeof Input>;

/** A page of a source's runs with their states as they are now; read only. */
export const queryRunsHandler =
  (deps: QueryDeps) =>
  (input: Input): Promise<QueriedRuns> =>
    queryRuns(deps, input);
