import type { DigitalOcean } from '../../world/digitalocean/server';
import { ask, create, Many, openApiChecker, Refused, SMALL, standInForTests } from './digitalocean-fixture';

describe("the control of DigitalOcean's stand-in", () => {
  const { server: standing, pass } = standInForTests();
  let server: DigitalOcean;
  beforeEach(() => {
    server = standing();
  });
  const statusOf = async (method: string, path: string, body?: unknown) => (await ask(server, method, path, body)).status;
  const post = () => ask(server, 'POST', '/v2/droplets', SMALL);
  const listed = async () => Many.parse((await ask(server, 'GET', '/v2/droplets')).body).droplets.map(({ id }) => id);

  it('loses the reply of the next creates: the droplets are made all the same', async () => {
    await server.control.inject({ on: 'create', times: 2, fault: { kind: 'lose-reply' } });
    await expect(post()).rejects.toThrow('fetch failed');
    await expect(post()).rejects.toThrow('fetch failed');
    const { droplet } = await create(server, { name: 'lab.w-2', tags: ['trawl'], user_data: '#!/bin/sh\ntrue\n' });
    pass(5);
    const made = await server.control.droplets();
    expect(await listed()).toEqual(made.map(({ id }) => id));
    expect(made.map(({ name, tags, userData, status }) => [name, tags, userData, status])).toEqual([
      ['lab.w-1', [], '', 'active'],
      ['lab.w-1', [], '', 'active'],
      ['lab.w-2', ['trawl'], '#!/bin/sh\ntrue\n', 'active'],
    ]);
    expect(made[2]!.id).toBe(droplet.id);
    const creates = (await server.control.requests()).filter(({ operation }) => operation === 'create');
    expect(creates.map(({ status, faults }) => [status, faults])).toEqual([
      [null, ['lose-reply']],
      [null, ['lose-reply']],
      [202, []],
    ]);
  });

  it('lets a droplet be born late, its reply lost as well', async () => {
    await server.control.inject({ on: 'create', fault: { kind: 'late-birth', seconds: 30 } });
    await server.control.inject({ on: 'create', fault: { kind: 'lose-reply' } });
    await expect(post()).rejects.toThrow('fetch failed');
    pass(29);
    const [unborn] = await server.control.droplets();
    expect([unborn!.status, await listed(), await statusOf('GET', `/v2/droplets/${unborn!.id}`)]).toEqual(['unborn', [], 404]);
    pass(2);
    expect([await listed(), await statusOf('GET', `/v2/droplets/${unborn!.id}`)]).toEqual([[unborn!.id], 200]);
  });

  it('keeps a droplet new for ever, which can be destroyed', async () => {
    await server.control.inject({ on: 'create', fault: { kind: 'never-active' } });
    const { droplet, links } = await create(server);
    pass(3600);
    expect(await server.control.droplet(droplet.id)).toMatchObject({ status: 'new' });
    expect((await ask(server, 'GET', `/v2/droplets/${droplet.id}`)).body).toMatchObject({
      droplet: { status: 'new', networks: { v4: [] } },
    });
    expect((await ask(server, 'GET', `/v2/actions/${links.actions[0]!.id}`)).body).toMatchObject({ action: { status: 'errored' } });
    expect(await statusOf('DELETE', `/v2/droplets/${droplet.id}`)).toBe(204);
  });

  it('refuses what it is told to, in the form of the OpenAPI document', async () => {
    const faultsOf = openApiChecker();
    const seen = [];
    for (const reason of ['limit', 'size-unavailable', 'forbidden', 'server-error'] as const) {
      await server.control.inject({ on: 'create', fault: { kind: 'refuse', reason } });
      const answer = await post();
      seen.push([answer.status, Refused.parse(answer.body).id, faultsOf('POST', '/v2/droplets', answer)]);
    }
    expect(seen).toEqual([
      [422, 'unprocessable_entity', []],
      [422, 'unprocessable_entity', []],
      [403, 'forbidden', []],
      [500, 'server_error', []],
    ]);
    expect(await server.control.droplets()).toEqual([]);
  });

  it('answers 429, with or without a time to wait', async () => {
    await server.control.inject({ on: 'any', fault: { kind: 'rate-limit', retryAfterSeconds: 29 } });
    const burst = await post();
    await server.control.inject({ on: 'any', fault: { kind: 'rate-limit' } });
    const hourly = await post();
    expect([burst, hourly].map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual([
      [429, '29'],
      [429, null],
    ]);
    expect(openApiChecker()('POST', '/v2/droplets', burst)).toEqual([]);
  });

  it('cannot be reached until told otherwise; one request alone can be cut too', async () => {
    await server.control.set({ unreachable: true });
    await expect(post()).rejects.toThrow('fetch failed');
    await server.control.set({ unreachable: false });
    await server.control.inject({ on: 'list', contains: 'tag_name=trawl', fault: { kind: 'reset' } });
    await expect(ask(server, 'GET', '/v2/droplets?tag_name=trawl')).rejects.toThrow('fetch failed');
    expect(await statusOf('GET', '/v2/droplets?tag_name=trawl')).toBe(200);
    expect(await server.control.droplets()).toEqual([]);
  });

  it('begins anew with the settings of its start', async () => {
    const first = await server.control.settings();
    await server.control.set({ dropletLimit: 1, listLagSeconds: 7 });
    await create(server);
    expect((await post()).status).toBe(422);
    await server.control.reset();
    expect([await server.control.settings(), await server.control.droplets()]).toEqual([first, []]);
  });

  it('refuses what it does not understand, and a droplet or sandbox that is not there', async () => {
    const bad = server.control.inject({ on: 'create', fault: { kind: 'explode' } as never });
    await expect(bad).rejects.toMatchObject({ status: 422 });
    await expect(server.control.kill(1)).rejects.toMatchObject({ status: 404 });
    const { droplet } = await create(server);
    await expect(server.control.kill(droplet.id)).rejects.toMatchObject({ status: 409 });
  });
});
