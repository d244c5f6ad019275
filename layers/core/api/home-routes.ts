import { z } from 'zod';
import { AdoptAsked, VerifyAsked, type AdoptRequest, type VerifyRequest } from '../home/documents';
import { sourcesOf } from '../home/submit-tending';
import type { Operation } from '../operation';
import { beginOperation } from '../use-cases/operations';
import { counted } from '../words';
import { type ApiDeps, SourceParams, unknownSource } from './api-deps';
import { inTheBackground } from './beat-soon';
import { answered, refused, route, type ApiAnswer, type Route } from './http';
import { allSources } from './views';

type Kind = Extract<Operation['kind'], 'adopt' | 'verify'>;

/** Operations that are looked at for one that does the same already. */
const RUNNING = 200;

/** Begins the operation and its execution of the same name; one of the kind for the source at a time. Answers 202 and where to look. */
async function begin(deps: ApiDeps, kind: Kind, actor: string, detail: string, request: AdoptRequest | VerifyRequest): Promise<ApiAnswer> {
  const running = (await deps.stores.operations.running(RUNNING)).filter((operation) => operation.kind === kind);
  const other = running.find((operation) => sourcesOf(operation).some((sourceId) => request.sources.includes(sourceId)));
  if (other) return refused(409, 'refused', `operation ${other.operationId} does this already; wait for its end`);
  const operation = await beginOperation(deps, kind, { actor, detail, request: { ...request } });
  const { operationId } = operation;
  await inTheBackground(deps, `tend-home ${operationId}`, () =>
    deps.machines.start('tend-home', operationId, { id: operationId, operationId }),
  );
  return answered({ operation }, 202);
}

const noListing = (sourceId: string): ApiAnswer =>
  refused(409, 'refused', `${sourceId}: ENA was not listed yet, so nothing is known of its files; wait for its first cycle`);

const adoptRoute = (deps: ApiDeps): Route =>
  route({
    method: 'POST',
    path: '/sources/:sourceId/adopt',
    role: 'operator',
    params: SourceParams,
    body: AdoptAsked,
    handle: async ({ params: { sourceId }, body, actor }) => {
      const source = await deps.stores.sources.get(sourceId);
      if (!source) return unknownSource(sourceId);
      if (source.listingCycle === 0) return noListing(sourceId);
      const detail = `${sourceId} from ${body.directory}${body.dryRun ? ', dry run' : ''}`;
      return begin(deps, 'adopt', actor.name, detail, { sources: [sourceId], ...body });
    },
  });

/** Everything that is home, seen whole or not: a person asks because there is doubt. */
const verifyRequest = (deps: ApiDeps, sources: readonly string[], refetch: boolean): VerifyRequest => ({
  ...{ sources: [...sources], refetch, once: false },
  before: Math.floor(deps.now().getTime() / 1000),
});

const verifyRoute = (deps: ApiDeps): Route =>
  route({
    method: 'POST',
    path: '/sources/:sourceId/verify',
    role: 'operator',
    params: SourceParams,
    body: VerifyAsked,
    handle: async ({ params: { sourceId }, body: { refetch }, actor }) => {
      const source = await deps.stores.sources.get(sourceId);
      if (!source) return unknownSource(sourceId);
      if (source.listingCycle === 0) return noListing(sourceId);
      const detail = refetch ? `${sourceId}: set aside what is damaged` : sourceId;
      return begin(deps, 'verify', actor.name, detail, verifyRequest(deps, [sourceId], refetch));
    },
  });

const verifyAllRoute = (deps: ApiDeps): Route =>
  route({
    method: 'POST',
    path: '/verify',
    role: 'operator',
    body: z.strictObject({}),
    handle: async ({ actor }) => {
      const sources = (await allSources(deps)).filter(({ listingCycle }) => listingCycle > 0).map(({ sourceId }) => sourceId);
      if (sources.length === 0) return refused(409, 'refused', 'no source has anything at home yet');
      return begin(deps, 'verify', actor.name, counted(sources.length, 'source', 'sources'), verifyRequest(deps, sources, false));
    },
  });

/** Routes about what lies at home: taking in what the laboratory holds already, and hashing again what is published. Both go on in the background. */
export const homeRoutes = (deps: ApiDeps): readonly Route[] => [adoptRoute(deps), verifyRoute(deps), verifyAllRoute(deps)];
