import { changeSettings } from '../sources/change-settings';
import { SourceSettings } from '../sources/settings';
import { AddRequest, askForSources } from './add-sources';
import { type ApiDeps, SourceParams, unknownSource } from './api-deps';
import { beatSoon, inTheBackground } from './beat-soon';
import { answered, refused, route, type ApiAnswer, type Route } from './http';
import { removeSource } from './removal';
import { ACTIONS, actOnSource, type Action } from './source-actions';
import { unknownWorkflow } from './workflow-routes';

const KICKING: readonly Action[] = ['check', 'approve', 'clear', 'resume', 'cancel', 'accept-listing'];

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
      const unknown = await unknownWorkflow(deps, body);
      if (unknown) return unknown;
      const asked = await askForSources(deps, body, actor.name);
      if (asked.outcome === 'invalid') return answered({ added: [], existing: [], invalid: asked.invalid }, 422);
      const { operationId } = asked.operation;
      // The intent stands: should the start be lost, the heartbeat repeats it.
      await inTheBackground(deps, `add-sources ${operationId}`, () => deps.machines.start('add-sources', operationId, { operationId }));
      return answered({ operation: asked.operation }, 202);
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

const settingsRoute = (deps: ApiDeps): Route =>
  route({
    method: 'PATCH',
    path: '/sources/:sourceId',
    role: 'operator',
    params: SourceParams,
    body: SourceSettings,
    handle: async ({ params: { sourceId }, body, actor }) => {
      const unknown = await unknownWorkflow(deps, body);
      if (unknown) return unknown;
      const changed = await changeSettings(deps, sourceId, body, actor.name);
      if (changed.outcome === 'missing') return unknownSource(sourceId);
      if (changed.outcome === 'contended') return refused(409, 'refused', `${sourceId}: others write it too often; try again`);
      if (changed.outcome === 'changed') await beatSoon(deps);
      return answered({ source: changed.source, changes: changed.lines });
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
  settingsRoute(deps),
  ...ACTIONS.map((action) => actionRoute(deps, action)),
];
