import { z } from 'zod';
import type { Fault, Operation } from './control-schema';
import { createDroplet, TagName } from './create';
import { type Droplet, isSettled, showActions, showDroplet } from './droplet';
import { page } from './pages';
import { refusal, type Reply, SIZES } from './recorded';
import type { World } from './world';

/** A request for the API, its URL whole. */
export interface Call {
  readonly url: URL;
  readonly body: string;
  readonly faults: readonly Fault[];
  /** What stood in the place of `:id` or `:tag`. */
  readonly id: string;
}
interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly operation: Operation;
  readonly answer: (world: World, call: Call) => Reply | Promise<Reply>;
}

const isThere = (world: World, droplet: Droplet): boolean => !['unborn', 'destroyed'].includes(world.statusOf(droplet));
const found = (world: World, id: string): Droplet | undefined =>
  world.droplets.find((droplet) => String(droplet.id) === id && isThere(world, droplet));
const show = (world: World, droplet: Droplet): unknown => showDroplet(droplet, world.settings, world.now());
const actionsOf = (world: World, droplet: Droplet) => showActions(droplet, world.settings, world.now());

function listed(world: World, { url }: Call): Reply {
  const [tag, name] = ['tag_name', 'name'].map((parameter) => url.searchParams.get(parameter));
  const isGpu = url.searchParams.get('type') === 'gpus';
  const isListed = (droplet: Droplet): boolean =>
    isThere(world, droplet) &&
    world.now() >= droplet.bornAt + world.settings.listLagSeconds * 1000 &&
    droplet.size.slug.startsWith('gpu-') === isGpu &&
    (tag == null || droplet.tags.includes(tag)) &&
    (name == null || droplet.name.toLowerCase() === name.toLowerCase());
  const droplets = world.droplets.filter(isListed).map((droplet) => show(world, droplet));
  return page('droplets', droplets, url);
}

function destroyed(world: World, { id }: Call): Reply {
  const droplet = found(world, id);
  if (droplet === undefined) return refusal('not-found');
  if (droplet.destroy !== null || !isSettled(droplet, world.settings, world.now())) return refusal('pending-event');
  world.destroy(droplet);
  return { status: 204 };
}

function account(world: World): Reply {
  const body = {
    droplet_limit: world.settings.dropletLimit,
    floating_ip_limit: 3,
    email: 'lab@example.org',
    uuid: 'b6fr89dbf6d9156cace5f3c78dc9851d957381ef',
    email_verified: true,
    status: 'active',
    status_message: '',
  };
  return { status: 200, body: { account: body } };
}

function tag(world: World, name: string): unknown {
  const tagged = world.droplets.filter((droplet) => isThere(world, droplet) && droplet.tags.includes(name));
  const none = { count: 0 };
  const resources = { count: tagged.length, droplets: { count: tagged.length }, images: none, volumes: none, volume_snapshots: none };
  return { name, resources: { ...resources, databases: none } };
}

function newTag(world: World, { body }: Call): Reply {
  const { name } = z.object({ name: z.string() }).parse(JSON.parse(body));
  if (!TagName.safeParse(name).success) {
    const error = `Error validating resource tag: "${name}" contains invalid characters`;
    const cause = 'rpc error: code = InvalidArgument desc = Error validating resource tag';
    return { status: 400, body: { error, messages: null, root_causes: [cause] } };
  }
  world.tags.add(name);
  return { status: 201, body: { tag: tag(world, name) } };
}

const orNotFound = (body: object | undefined): Reply => (body === undefined ? refusal('not-found') : { status: 200, body });

const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: /^\/v2\/droplets$/,
    operation: 'create',
    answer: (world, { body, faults, url }) => createDroplet(world, JSON.parse(body), faults, url.origin),
  },
  { method: 'GET', path: /^\/v2\/droplets$/, operation: 'list', answer: listed },
  {
    method: 'GET',
    path: /^\/v2\/droplets\/(\d+)$/,
    operation: 'get',
    answer: (world, { id }) => {
      const droplet = found(world, id);
      return orNotFound(droplet && { droplet: show(world, droplet) });
    },
  },
  { method: 'DELETE', path: /^\/v2\/droplets\/(\d+)$/, operation: 'destroy', answer: destroyed },
  {
    method: 'GET',
    path: /^\/v2\/droplets\/(\d+)\/actions$/,
    operation: 'action',
    answer: (world, { id, url }) => {
      const droplet = found(world, id);
      return droplet === undefined ? refusal('not-found') : page('actions', actionsOf(world, droplet), url);
    },
  },
  {
    method: 'GET',
    path: /^\/v2\/actions\/(\d+)$/,
    operation: 'action',
    answer: (world, { id }) => {
      const action = world.droplets.flatMap((droplet) => actionsOf(world, droplet)).find((each) => String(each.id) === id);
      return orNotFound(action && { action });
    },
  },
  { method: 'GET', path: /^\/v2\/account$/, operation: 'account', answer: account },
  { method: 'GET', path: /^\/v2\/sizes$/, operation: 'sizes', answer: (_world, { url }) => page('sizes', SIZES, url) },
  {
    method: 'GET',
    path: /^\/v2\/tags$/,
    operation: 'tags',
    answer: (world, { url }) =>
      page(
        'tags',
        [...world.tags].map((name) => tag(world, name)),
        url,
      ),
  },
  { method: 'POST', path: /^\/v2\/tags$/, operation: 'tags', answer: newTag },
  {
    method: 'GET',
    path: /^\/v2\/tags\/([\w:-]+)$/,
    operation: 'tags',
    answer: (world, { id }) => orNotFound(world.tags.has(id) ? { tag: tag(world, id) } : undefined),
  },
  {
    method: 'DELETE',
    path: /^\/v2\/tags\/([\w:-]+)$/,
    operation: 'tags',
    answer: (world, { id }) => (world.tags.delete(id) ? { status: 204 } : refusal('not-found')),
  },
];

export interface Routed {
  readonly operation: Operation;
  readonly id: string;
  readonly answer: Route['answer'];
}

/** Which part of the API a request is for; undefined for one that is not served. */
export function routeOf(method: string, path: string): Routed | undefined {
  for (const { method: wanted, path: pattern, operation, answer } of ROUTES) {
    const match = wanted === method ? pattern.exec(path) : null;
    if (match !== null) return { operation, id: match[1] ?? '', answer };
  }
  return undefined;
}
