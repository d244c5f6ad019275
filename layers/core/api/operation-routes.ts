import { z } from 'zod';
import { OperationId } from '../operation';
import { pageOptions, PageQuery, type ApiDeps } from './api-deps';
import { answered, refused, route, type Route } from './http';

/** Routes that show what goes on in the background; all read only. A list leaves out what was asked for and what came of it. */
export const operationRoutes = (deps: Pick<ApiDeps, 'stores'>): readonly Route[] => [
  route({
    method: 'GET',
    path: '/operations',
    role: 'viewer',
    query: PageQuery,
    handle: async ({ query }) => {
      const { items, ...page } = await deps.stores.operations.list(pageOptions(query));
      return answered({ items: items.map((operation) => ({ ...operation, request: undefined, result: undefined })), ...page });
    },
  }),
  route({
    method: 'GET',
    path: '/operations/:operationId',
    role: 'viewer',
    params: z.object({ operationId: OperationId }),
    handle: async ({ params: { operationId } }) => {
      const operation = await deps.stores.operations.get(operationId);
      return operation ? answered({ operation }) : refused(404, 'operation-unknown', `there is no operation ${operationId}`);
    },
  }),
];
