import { z } from 'zod';
import { isKept } from '../reaping/reap-plan';
import { INSTALLATION_EVENTS, Keep } from '../reaping/records';
import type { ApiDeps } from './api-deps';
import { answered, refused, route, type Route } from './http';
import { optional } from '../optional';

const RECENT_EVENTS = 50;
const Named = z.strictObject({ name: Keep.shape.name });
const ToKeep = Named.extend({ reason: Keep.shape.reason });

type ReapRouteDeps = Pick<ApiDeps, 'stores' | 'machines' | 'now' | 'newId'>;

/** Routes about the reaper: what it found last, a look now, and what it is to leave alone. */
export const reapRoutes = (deps: ReapRouteDeps): readonly Route[] => [...lookRoutes(deps), ...keepRoutes(deps)];

const lookRoutes = (deps: ReapRouteDeps): readonly Route[] => [
  route({
    method: 'GET',
    path: '/reaps',
    role: 'viewer',
    handle: async () => {
      const [report, keeps, { items: events }] = await Promise.all([
        deps.stores.reaps.report(),
        deps.stores.reaps.keeps(),
        deps.stores.events.ofSource(INSTALLATION_EVENTS, { limit: RECENT_EVENTS }),
      ]);
      return answered({ ...optional('report', report), keeps, events });
    },
  }),
  route({
    method: 'POST',
    path: '/reaps',
    role: 'operator',
    // A cycle more does no harm: it is under a lease, and acts on nothing sooner than 30 s after it was marked.
    handle: async () => {
      const id = `ask-${deps.newId()}`;
      await deps.machines.start('reap-workers', id, { id });
      return answered({ id }, 202);
    },
  }),
];

const keepRoutes = (deps: ReapRouteDeps): readonly Route[] => [
  route({
    method: 'POST',
    path: '/reaps/keep',
    role: 'operator',
    body: ToKeep,
    handle: async ({ body: { name, reason }, actor }) => {
      const keep = { name, by: actor.name, at: deps.now().toISOString(), ...optional('reason', reason) };
      await deps.stores.reaps.keep(keep);
      const marks = ((await deps.stores.reaps.report())?.marks ?? []).filter((mark) => isKept(mark, keep));
      return answered({ keep, marks: marks.map(({ subject }) => subject) });
    },
  }),
  route({
    method: 'POST',
    path: '/reaps/release',
    role: 'operator',
    body: Named,
    handle: async ({ body: { name } }) =>
      (await deps.stores.reaps.unkeep(name)) ? answered({ name }) : refused(404, 'not-kept', `nothing is kept under the name ${name}`),
  }),
];
