import { z } from 'zod';
import type { Source } from '../entities';
import { filterChain } from '../discovery/filters';
import type { PreviewDeps } from '../discovery/preview-filters';
import { previewFilters } from '../discovery/preview-filters';
import type { FilterDocument } from '../filters/document-schema';
import { readFilters, type Found } from '../filters/read-filters';
import { filtersVersion } from '../filters/version';
import { type ApiDeps, SourceParams, unknownSource } from './api-deps';
import { beatSoon } from './beat-soon';
import { answered, refused, route, type ApiAnswer, type Route } from './http';
import { setFilters } from './set-filters';

const NONE: FilterDocument = { v: 1, rules: [] };

const invalidFilters = (problems: readonly Found[]): ApiAnswer =>
  refused(
    422,
    'invalid-filters',
    'the filter document is not as it should be',
    problems.map(({ at, message }) => ({ at: at === '' ? 'filters' : `filters.${at}`, message })),
  );

/** A source's own document, the chain that it makes with the defaults, and the version that `PUT` asks for. */
function filtersView(source: Source, defaults: FilterDocument) {
  const chain = filterChain(source.filters, defaults);
  return {
    sourceId: source.sourceId,
    version: filtersVersion(source),
    filters: source.filters ?? NONE,
    chain: chain.outcome === 'ok' ? chain.rules.map(({ rule, parameters, from }) => ({ rule, parameters, from })) : [],
    problems: chain.outcome === 'ok' ? [] : chain.problems,
    warnings: readFilters(source.filters ?? NONE, defaults).warnings,
  };
}

const SetRequest = z.strictObject({
  /** As `GET …/filters` or a preview gave it. */
  version: z.string().min(1).max(64),
  filters: z.unknown(),
});

/** `GET` and `PUT /sources/{id}/filters`. */
export const filterRoutes = (deps: ApiDeps): readonly Route[] => [
  route({
    method: 'GET',
    path: '/sources/:sourceId/filters',
    role: 'viewer',
    params: SourceParams,
    handle: async ({ params: { sourceId } }) => {
      const source = await deps.stores.sources.get(sourceId);
      return source === undefined ? unknownSource(sourceId) : answered(filtersView(source, deps.filterDefaults));
    },
  }),
  route({
    method: 'PUT',
    path: '/sources/:sourceId/filters',
    role: 'operator',
    params: SourceParams,
    body: SetRequest,
    handle: async ({ params: { sourceId }, body, actor }) => {
      const done = await setFilters(deps, sourceId, { version: body.version, document: body.filters, actor: actor.name });
      if (done.outcome === 'missing') return unknownSource(sourceId);
      if (done.outcome === 'invalid') return invalidFilters(done.problems);
      if (done.outcome === 'refused') return refused(409, 'filters-changed', `${sourceId}: ${done.reason}`);
      if (done.outcome === 'set') await beatSoon(deps);
      return answered({ ...filtersView(done.source, deps.filterDefaults), isChanged: done.outcome === 'set' });
    },
  }),
];

/** `POST /sources/{id}/filters/preview` with `{filters}`: what they would change. Changes nothing, so a viewer may ask. */
export const previewRoute = (deps: PreviewDeps): Route =>
  route({
    method: 'POST',
    path: '/sources/:sourceId/filters/preview',
    role: 'viewer',
    params: SourceParams,
    body: z.strictObject({ filters: z.unknown() }),
    handle: async ({ params: { sourceId }, body }) => {
      const done = await previewFilters(deps, sourceId, body.filters);
      if (done.outcome === 'missing') return unknownSource(sourceId);
      return done.outcome === 'invalid' ? invalidFilters(done.problems) : answered(done.preview);
    },
  });
