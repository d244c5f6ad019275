import { AddRequest, addSources } from './add-sources';
import { type ApiDeps, SourceParams, unknownSource } from './api-deps';
import { beatSoon } from './beat-soon';
import { answered, refused, route, type ApiAnswer, type Route } from './http';
import { removeSource } from './removal';
import { ACTIONS, actOnSource, type Action } from './source-actions';

const KICKING: readonly Action[] = ['check', 'approve', 'clear', 'resume', 'cancel'];

const notDone = (
  sourceId: string,
  done: { readonly outcome: 'missing' } | { readonly outcome: 'refused'; readonly reason: string },
): ApiAnswer => (done.outcome === 'missing' ? unknownSource(sourceId) : refused(409, 'refused', `${sourceId}: ${done.reason}`));

const addRoute = (deps: ApiDeps): Route =>
  route({
    method: 'POST',
    path: '/sources',
    role: 'operator',
    body: AddRequest,
    handle: async ({ body, actor }) => {
      const summary = await addSources(deps, deps.defaults, actor.name, body);
      if (summary.invalid.length > 0) return answered(summary, 422);
      if (summary.added.length > 0) await beatSoon(deps);
      return answered(summary, 201);
    },
  });

const removeRoute = (deps: ApiDeps): Route =>
  route({
    method: 'DELETE',
    path: '/sources/:sourceId',
    role: 'operator',
    params: SourceParams,
    handle: async ({ params: { sourceId }, actor }) => {
      const removed = await removeSource(deps, deps.places, sourceId, actor.name);
      return removed.outcome === 'done' ? answered({ sourceId, stays: removed.stays }) : notDone(sourceId, removed);
    },
  });

const actionRoute = (deps: ApiDeps, action: Action): Route =>
  route({
    method: 'POST',
    path: `/sources/:sourceId/${action}`,
    role: 'operator',
    params: SourceParams,
    handle: async ({ params: { sourceId }, actor }) => {
      const acted = await actOnSource(deps, sourceId, action, actor.name);
      if (acted.outcome !== 'done') return notDone(sourceId, acted);
      if (KICKING.includes(action)) await beatSoon(deps);
      return answered({ source: acted.source, ...(acted.detail === undefined ? {} : { detail: acted.detail }) });
    },
  });

/** Routes by which a person changes sources. */
export const sourceChangeRoutes = (deps: ApiDeps): readonly Route[] => [
  addRoute(deps),
  removeRoute(deps),
  ...ACTIONS.map((action) => actionRoute(deps, action)),
];
