import { z } from 'zod';
import { placeOf } from '../filters/read-filters';
import { WorkflowName } from '../workflows/document';
import { importWorkflow, type ImportDeps } from '../workflows/import-workflow';
import { BUILTIN_WORKFLOW } from '../workflows/records';
import type { ApiDeps } from './api-deps';
import { answered, refused, route, type ApiAnswer, type Route } from './http';

type WorkflowRouteDeps = Pick<ApiDeps, 'stores' | 'now'> & Pick<ImportDeps, 'pipelines' | 'taskLimits'>;

/** Routes of workflows: which there are, one with all its versions, and the import of a version. */
export const workflowRoutes = (deps: WorkflowRouteDeps): readonly Route[] => [
  route({
    method: 'GET',
    path: '/workflows',
    role: 'viewer',
    handle: async () => {
      const items = (await deps.stores.workflows.list()).map(({ document, ...version }) => ({
        ...version,
        stages: document.stages.map(({ name }) => name),
      }));
      return answered({ builtin: { name: BUILTIN_WORKFLOW, stages: [BUILTIN_WORKFLOW] }, items });
    },
  }),
  route({
    method: 'GET',
    path: '/workflows/:name',
    role: 'viewer',
    params: z.object({ name: WorkflowName }),
    handle: async ({ params: { name } }) => {
      const versions = (await deps.stores.workflows.list()).filter((one) => one.name === name);
      return versions.length === 0
        ? refused(404, 'workflow-unknown', `no workflow ${name} was imported here`)
        : answered({ name, versions });
    },
  }),
  importRoute(deps),
];

const importRoute = (deps: WorkflowRouteDeps): Route =>
  route({
    method: 'POST',
    path: '/workflows',
    role: 'operator',
    body: z.strictObject({ document: z.unknown() }),
    handle: async ({ body: { document }, actor }) => {
      const imported = await importWorkflow(deps, document, actor.name);
      if (imported.outcome === 'contended') return refused(409, 'refused', 'others import it too often; try again');
      if (imported.outcome !== 'invalid') return answered(imported, imported.outcome === 'imported' ? 201 : 200);
      const details = imported.problems.map(({ at, message }) => ({ at: at.length === 0 ? 'document' : placeOf(at), path: at, message }));
      return refused(422, 'invalid-workflow', 'the workflow is not as it should be', details);
    },
  });

/** The refusal of a request that names a workflow which is not there; undefined where it is, or none is named. */
export async function unknownWorkflow(
  { stores }: Pick<ApiDeps, 'stores'>,
  { workflow }: { readonly workflow?: string | undefined },
): Promise<ApiAnswer | undefined> {
  if (workflow === undefined || workflow === BUILTIN_WORKFLOW) return undefined;
  if ((await stores.workflows.newest(workflow)) !== undefined) return undefined;
  return refused(422, 'workflow-unknown', `no workflow ${workflow} was imported here; "trawl workflow list" shows those that were`);
}
