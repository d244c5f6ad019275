import type { DigitalOcean } from '../../world/digitalocean/server';
import { Action, ask, create, Created, Many, One, openApiChecker, Refused, SMALL, standInForTests } from './digitalocean-fixture';

describe("the API of DigitalOcean's stand-in", () => {
  const { server: standing, pass, now } = standInForTests();
  let server: DigitalOcean;
  const faultsOf = openApiChecker();
  beforeEach(() => {
    server = standing();
  });
  const get = (path: string) => ask(server, 'GET', path);
  const shown = async (id: number) => One.parse((await get(`/v2/droplets/${id}`)).body).droplet;
  const names = async (query: string) => Many.parse((await get(`/v2/droplets${query}`)).body).droplets.map(({ name }) => name);
  /** A droplet that is up and listed. */
  const active = async (fields: Readonly<Record<string, unknown>> = {}) => {
    const { droplet } = await create(server, fields);
    pass(5);
    return droplet.id;
  };

  it('answers as the OpenAPI document says, with the right status', async () => {
    const created = await ask(server, 'POST', '/v2/droplets', { ...SMALL, tags: ['trawl'], user_data: '#!/bin/sh\n' });
    const { droplet, links } = Created.parse(created.body);
    const of = `/v2/droplets/${droplet.id}`;
    const asked = (method: string, path: string, document: string, status: number, body?: unknown, token?: string) =>
      [method, path, document, status, body, token] as const;
    expect([created.status, faultsOf('POST', '/v2/droplets', created)]).toEqual([202, []]);
    const rows = [
      asked('GET', of, '/v2/droplets/{droplet_id}', 200),
      asked('DELETE', of, '/v2/droplets/{droplet_id}', 422),
      asked('GET', `/v2/actions/${links.actions[0]!.id}`, '/v2/actions/{action_id}', 200),
      asked('GET', '/v2/actions/1', '/v2/actions/{action_id}', 404),
      asked('GET', `${of}/actions`, '/v2/droplets/{droplet_id}/actions', 200),
      asked('GET', '/v2/account', '/v2/account', 200),
      asked('GET', '/v2/account', '/v2/account', 401, undefined, 'another'),
      asked('GET', '/v2/sizes?per_page=200', '/v2/sizes', 200),
      asked('GET', '/v2/tags', '/v2/tags', 200),
      asked('POST', '/v2/tags', '/v2/tags', 201, { name: 'other' }),
      asked('POST', '/v2/tags', '/v2/tags', 400, { name: 'no spaces' }),
      asked('GET', '/v2/tags/trawl', '/v2/tags/{tag_id}', 200),
      asked('DELETE', '/v2/tags/other', '/v2/tags/{tag_id}', 204),
      asked('GET', '/v2/tags/other', '/v2/tags/{tag_id}', 404),
      asked('POST', '/v2/droplets', '/v2/droplets', 422, { ...SMALL, size: 'huge' }),
      asked('POST', '/v2/droplets', '/v2/droplets', 401, SMALL, 'another'),
      asked('GET', '/v2/droplets?per_page=1', '/v2/droplets', 200),
    ];
    for (const [method, path, document, status, body, token] of rows) {
      const answer = await ask(server, method, path, body, token);
      expect([method, path, answer.status, faultsOf(method, document, answer)]).toEqual([method, path, status, []]);
    }
    pass(60);
    for (const [method, status] of [
      ['GET', 200],
      ['DELETE', 204],
    ] as const) {
      const answer = await ask(server, method, of);
      expect([answer.status, faultsOf(method, '/v2/droplets/{droplet_id}', answer)]).toEqual([status, []]);
    }
    pass(60);
    for (const method of ['GET', 'DELETE']) {
      const answer = await ask(server, method, of);
      expect([answer.status, faultsOf(method, '/v2/droplets/{droplet_id}', answer)]).toEqual([404, []]);
    }
  });

  it('gives a new droplet its addresses late, the private one first', async () => {
    await server.control.set({ activeAfterSeconds: 10, publicAddressAfterSeconds: 20 });
    const { droplet, links } = await create(server);
    const seen = [];
    for (const wait of [0, 11, 10]) {
      pass(wait);
      const { status, networks } = await shown(droplet.id);
      const { action } = (await get(`/v2/actions/${links.actions[0]!.id}`)).body as { action: unknown };
      seen.push([status, networks.v4.map(({ type }) => type), Action.parse(action).status]);
    }
    expect([droplet.status, droplet.networks.v4]).toEqual(['new', []]);
    expect(seen).toEqual([
      ['new', [], 'in-progress'],
      ['active', ['private'], 'completed'],
      ['active', ['private', 'public'], 'completed'],
    ]);
  });

  it('lists a droplet some seconds after it can be asked for by its id', async () => {
    await server.control.set({ listLagSeconds: 5 });
    const { droplet } = await create(server, { tags: ['trawl'] });
    expect(await shown(droplet.id)).toMatchObject({ id: droplet.id, tags: ['trawl'] });
    expect([await names(''), await names('?tag_name=trawl'), await names('?name=lab.w-1')]).toEqual([[], [], []]);
    pass(6);
    expect([await names('?tag_name=trawl'), await names('?name=LAB.w-1')]).toEqual([['lab.w-1'], ['lab.w-1']]);
    expect([await names('?tag_name=other'), await names('?name=lab.w')]).toEqual([[], []]);
  });

  it('lists in pages, with links to the others', async () => {
    for (const at of [1, 2, 3]) await active({ name: `lab.w-${at}`, tags: ['trawl'] });
    const first = Many.parse((await get('/v2/droplets?tag_name=trawl&per_page=2')).body);
    expect([first.droplets.length, first.meta.total, Object.keys(first.links.pages ?? {}).sort()]).toEqual([2, 3, ['last', 'next']]);
    const next = new URL(first.links.pages!['next']!);
    const second = Many.parse((await get(`${next.pathname}${next.search}`)).body);
    expect([second.droplets.map(({ name }) => name), Object.keys(second.links.pages ?? {}).sort()]).toEqual([
      ['lab.w-3'],
      ['first', 'prev'],
    ]);
    expect(Many.parse((await get('/v2/droplets')).body).links).toEqual({});
  });

  it('destroys once nothing is pending, and knows the droplet until it is gone', async () => {
    await server.control.set({ destroySeconds: 10 });
    const { droplet } = await create(server);
    const destroy = async () => {
      const { status, body } = await ask(server, 'DELETE', `/v2/droplets/${droplet.id}`);
      return body === undefined ? status : [status, Refused.parse(body).message];
    };
    const pending = [422, 'Droplet already has a pending event.'];
    expect(await destroy()).toEqual(pending);
    pass(5);
    expect(await destroy()).toBe(204);
    expect([await destroy(), (await get(`/v2/droplets/${droplet.id}`)).status, await names('')]).toEqual([pending, 200, ['lab.w-1']]);
    pass(10);
    expect([(await get(`/v2/droplets/${droplet.id}`)).status, await names('')]).toEqual([404, []]);
    expect(await destroy()).toEqual([404, 'The resource you requested could not be found.']);
  });

  it('makes two droplets for two creates of one name, as there is no key for idempotency', async () => {
    const ids = [await active(), await active()];
    expect(new Set(ids).size).toBe(2);
    expect(await names('?name=lab.w-1')).toHaveLength(2);
  });

  it('refuses what is not to be had in the words of DigitalOcean, and makes nothing', async () => {
    await server.control.set({ unavailableRegions: ['nyc1'], unavailableSizes: ['c-2', 'c-4@fra1'], dropletLimit: 1 });
    const refused = async (fields: Readonly<Record<string, unknown>>) => {
      const { status, body } = await ask(server, 'POST', '/v2/droplets', { ...SMALL, ...fields });
      return [status, Refused.safeParse(body).data?.message];
    };
    expect(await refused({ region: 'nyc1' })).toEqual([422, 'Region is not available']);
    expect(await refused({ size: 'c-2' })).toEqual([422, 'Size is not available in this region.']);
    expect(await refused({ size: 'c-4' })).toEqual([422, 'Size is not available in this region.']);
    expect(await refused({ user_data: 'x'.repeat(65_537) })).toEqual([422, expect.stringContaining('64 KiB')]);
    expect(await refused({ tags: ['a b'] })).toEqual([422, expect.any(String)]);
    expect(await server.control.droplets()).toEqual([]);
    expect(await refused({ size: 'c-4', region: 'ams3' })).toEqual([202, undefined]);
    expect(await refused({})).toEqual([422, 'creating this/these droplet(s) will exceed your droplet limit']);
  });

  it('counts requests, and says how long to wait only at the limit of a minute', async () => {
    await server.control.set({ requestsPerHour: 3, requestsPerMinute: 2 });
    const told = async () => {
      const { status, headers } = await get('/v2/account');
      return [status, headers.get('ratelimit-remaining'), headers.get('retry-after')];
    };
    expect([await told(), await told(), await told()]).toEqual([
      [200, '2', null],
      [200, '1', null],
      [429, '1', '60'],
    ]);
    pass(61);
    expect([await told(), await told()]).toEqual([
      [200, '0', null],
      [429, '0', null],
    ]);
    const { headers } = await get('/v2/account');
    expect(Number(headers.get('ratelimit-reset'))).toBe((now() - 61_000) / 1000 + 3600);
    pass(3600);
    expect((await told())[0]).toBe(200);
  });
});
