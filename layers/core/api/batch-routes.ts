import { z } from 'zod';
import { BatchId } from '../ids';
import type { ApiDeps } from './api-deps';
import { answered, refused, route, type Route } from './http';
import { batchDetail, workerView } from './views';

/** Routes that show batches and workers; all read only. */
export const batchRoutes = (deps: Pick<ApiDeps, 'stores' | 'now' | 'places' | 'caps' | 'budget'>): readonly Route[] => [
  route({
    method: 'GET',
    path: '/batches/:batchId',
    role: 'viewer',
    params: z.object({ batchId: BatchId }),
    handle: async ({ params: { batchId } }) => {
      const detail = await batchDetail(deps, deps.places, batchId);
      return detail ? answered(detail) : refused(404, 'batch-unknown', `there is no batch ${batchId}`);
    },
  }),
  route({
    method: 'GET',
    path: '/workers',
    role: 'viewer',
    handle: async () => answered({ items: (await deps.stores.workers.alive()).map((worker) => workerView(worker, deps.now())) }),
  }),
];
