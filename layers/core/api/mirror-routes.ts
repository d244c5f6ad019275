import { z } from 'zod';
import { ENTITY_KINDS, type EntityKind } from '../discovery/mirror';
import { queryEntities, queryEntity, queryRun, queryValidation, type MirrorDeps } from '../discovery/query-mirror';
import { SourceParams, unknownSource } from './api-deps';
import { answered, refused, route, type ApiAnswer, type Route } from './http';

const Accession = z
  .string()
  .regex(/^[A-Za-z0-9]{1,30}$/, 'is not an accession')
  .transform((text) => text.toUpperCase());
const Cursor = z.string().max(30).optional();
const Limit = z.coerce.number().int().min(1).max(1000).default(100);
const Query = z.object({ search: z.string().min(1).max(100).optional(), limit: Limit, cursor: Cursor });
const PageOfRuns = z.object({ limit: Limit, cursor: Cursor });
const Params = SourceParams.extend({ accession: Accession });

const SINGULAR = { studies: 'study', samples: 'sample', experiments: 'experiment', runs: 'run' } as const;

const unknown = (what: 'source' | 'entity', sourceId: string, kind: keyof typeof SINGULAR, accession: string): ApiAnswer =>
  what === 'source'
    ? unknownSource(sourceId)
    : refused(404, `${SINGULAR[kind]}-unknown`, `${sourceId} has no ${SINGULAR[kind]} ${accession}`);

/** `GET /sources/{id}/{studies|samples|experiments}?search=&limit=&cursor=` → `{items, cursor?}` by accession. */
const listRoute = (deps: MirrorDeps, kind: EntityKind): Route =>
  route({
    method: 'GET',
    path: `/sources/:sourceId/${kind}`,
    role: 'viewer',
    params: SourceParams,
    query: Query,
    handle: async ({ params: { sourceId }, query }) => {
      const found = await queryEntities(deps, { sourceId, kind, ...query });
      return found.outcome === 'missing' ? unknownSource(sourceId) : answered({ items: found.items, cursor: found.cursor });
    },
  });

/** `GET /sources/{id}/{studies|samples|experiments}/{accession}?limit=&cursor=` → `{item, runs: {items, cursor?}}`. */
const entityRoute = (deps: MirrorDeps, kind: EntityKind): Route =>
  route({
    method: 'GET',
    path: `/sources/:sourceId/${kind}/:accession`,
    role: 'viewer',
    params: Params,
    query: PageOfRuns,
    handle: async ({ params: { sourceId, accession }, query }) => {
      const found = await queryEntity(deps, { sourceId, kind, accession, ...query });
      if (found.outcome === 'missing') return unknown(found.what, sourceId, kind, accession);
      return answered({ item: found.item, runs: found.runs });
    },
  });

/** `GET /sources/{id}/runs/{accession}` → `{run, columns}`: what Trawl knows, and every column of ENA. */
const runRoute = (deps: MirrorDeps): Route =>
  route({
    method: 'GET',
    path: '/sources/:sourceId/runs/:accession',
    role: 'viewer',
    params: Params,
    handle: async ({ params: { sourceId, accession } }) => {
      const found = await queryRun(deps, sourceId, accession);
      return found.outcome === 'missing'
        ? unknown(found.what, sourceId, 'runs', accession)
        : answered({ run: found.run, columns: found.columns });
    },
  });

/** `GET /sources/{id}/validation` → `{cycle, validation?}`: what the schema found in the last good listing. */
const validationRoute = (deps: MirrorDeps): Route =>
  route({
    method: 'GET',
    path: '/sources/:sourceId/validation',
    role: 'viewer',
    params: SourceParams,
    handle: async ({ params: { sourceId } }) => {
      const found = await queryValidation(deps, sourceId);
      if (found.outcome === 'missing') return unknownSource(sourceId);
      return answered({ cycle: found.cycle, validation: found.validation });
    },
  });

/** Routes that show what ENA says of a source; all read only. */
export const mirrorRoutes = (deps: MirrorDeps): readonly Route[] => [
  ...ENTITY_KINDS.flatMap((kind) => [listRoute(deps, kind), entityRoute(deps, kind)]),
  runRoute(deps),
  validationRoute(deps),
];
