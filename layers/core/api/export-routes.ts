import { ExportRequest, ExportResult } from '../discovery/exports';
import { OperationId } from '../operation';
import { beginOperation } from '../use-cases/operations';
import { SourceParams, unknownSource, type ApiDeps } from './api-deps';
import { answered, refused, route, type Route } from './http';

export interface ExportRouteDeps extends Pick<ApiDeps, 'stores' | 'machines' | 'now' | 'newId'> {
  /** A link with which anyone may fetch the object for a quarter of an hour. */
  readonly linkTo: (key: string) => Promise<string>;
}

/** `POST /sources/{id}/exports` `{format, flavour?, state?, include?}` → 202 `{operation}`. Each call is an export of its own. */
const beginRoute = (deps: ExportRouteDeps): Route =>
  route({
    method: 'POST',
    path: '/sources/:sourceId/exports',
    role: 'viewer',
    params: SourceParams,
    body: ExportRequest,
    handle: async ({ params: { sourceId }, body, actor }) => {
      const source = await deps.stores.sources.get(sourceId);
      if (source === undefined) return unknownSource(sourceId);
      if (source.listingCycle === 0)
        return refused(409, 'not-listed', `${sourceId} has no listing yet; it is checked next at ${source.nextCheckAt}`);
      const detail = `${sourceId} as ${body.format}`;
      const operation = await beginOperation(deps, 'export', { actor: actor.name, detail, request: { sourceId, ...body } });
      await deps.machines.start('export-runs', operation.operationId, { operationId: operation.operationId });
      return answered({ operation }, 202);
    },
  });

/** `GET /sources/{id}/exports/{operation}` → `{operation, link?}`: a link once it is done, made anew each time. */
const linkRoute = (deps: ExportRouteDeps): Route =>
  route({
    method: 'GET',
    path: '/sources/:sourceId/exports/:operationId',
    role: 'viewer',
    params: SourceParams.extend({ operationId: OperationId }),
    handle: async ({ params: { sourceId, operationId } }) => {
      const operation = await deps.stores.operations.get(operationId);
      if (operation?.kind !== 'export' || operation.request?.['sourceId'] !== sourceId) {
        return refused(404, 'export-unknown', `${sourceId} has no export ${operationId}`);
      }
      const result = ExportResult.safeParse(operation.result);
      return answered({ operation, ...(result.success && { link: await deps.linkTo(result.data.key) }) });
    },
  });

/** Exports of a source's runs, written in the background. */
export const exportRoutes = (deps: ExportRouteDeps): readonly Route[] => [beginRoute(deps), linkRoute(deps)];
