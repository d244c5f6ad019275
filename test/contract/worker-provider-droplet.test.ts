import { digitalOcean } from '../../layers/adapters/digitalocean/client';
import { dropletProvider } from '../../layers/adapters/digitalocean/provider';
import { namesOf, providerOf, requests, standIn, TOKEN } from './droplet-fixture';
import { workerProviderContract } from './worker-provider';

workerProviderContract('droplets, over HTTP and a stand-in for DigitalOcean', async () => {
  const server = await standIn();
  return {
    provider: providerOf(server),
    installation: 'trawl-one',
    neighbour: providerOf(server, 'trawl-two'),
    request: requests(),
    losingAnswer: async (work) => {
      await server.control.inject({ on: 'create', fault: { kind: 'lose-reply' } });
      return work();
    },
    unreachable: async (work) => {
      await server.control.set({ unreachable: true });
      return work().finally(() => server.control.set({ unreachable: false }));
    },
  };
});

test('the tag trawl-keep is told, and a droplet that somebody renamed is listed as well', async () => {
  const server = await standIn();
  const client = digitalOcean({ apiUrl: server.url, token: async () => TOKEN });
  const make = (name: string, tags: readonly string[]) =>
    client.createDroplet({ name, region: 'fra1', size: 's-1vcpu-1gb', image: 'ubuntu-24-04-x64', tags: ['trawl-trawl-one', ...tags] });
  await make('trawl-one.left-alone', ['trawl-keep']);
  await make('renamed-by-hand', []);
  const listed = await providerOf(server).list();
  const seen = listed.outcome === 'answered' ? listed.answer.map(({ key, kept }) => ({ key, kept })) : [];
  expect(seen).toEqual(
    expect.arrayContaining([
      { key: 'trawl-one.left-alone', kept: true },
      { key: 'renamed-by-hand', kept: undefined },
    ]),
  );
});

test('100 creates at once whose replies are lost: one droplet each, found when asked for again', async () => {
  const server = await standIn({ listLagSeconds: 600 });
  const request = requests();
  const wanted = Array.from({ length: 100 }, (_, index) => request(String(index)));
  await server.control.inject({ on: 'create', times: 100, fault: { kind: 'lose-reply' } });
  const first = await Promise.all(wanted.map((one) => providerOf(server).create(one)));
  expect(first.filter(({ outcome }) => outcome === 'unknown')).toHaveLength(100);
  const again = async (): Promise<ReadonlySet<string>> => {
    const created = await Promise.all(wanted.map((one) => providerOf(server).create({ ...one, askedBefore: true })));
    return new Set(created.map(({ outcome }) => outcome));
  };
  expect(await again()).toEqual(new Set(['unknown']));
  await server.control.set({ listLagSeconds: 0 });
  expect(await again()).toEqual(new Set(['done']));
  expect(await namesOf(server)).toEqual(wanted.map(({ jobId }) => `trawl-one.${jobId}`).sort());
}, 120_000);

test('while the list lags, what was asked for by this process or another is looked for and not made again', async () => {
  const server = await standIn({ listLagSeconds: 600 });
  const [provider, request] = [providerOf(server), requests()('lag')];
  expect(await provider.create(request)).toMatchObject({ outcome: 'done' });
  expect(await provider.create(request)).toMatchObject({ outcome: 'unknown' });
  expect(await providerOf(server).create({ ...request, askedBefore: true })).toMatchObject({ outcome: 'unknown' });
  expect(await namesOf(server)).toHaveLength(1);
});

test('a droplet is named by its key, tagged with installation and deadline, and costs what its size costs', async () => {
  const server = await standIn();
  const request = { ...requests()('one'), deadline: new Date('2026-11-25T23:30:00-02:00') };
  expect(await providerOf(server).create(request)).toMatchObject({ outcome: 'done', dollarsPerHour: 0.07143 });
  const [droplet] = await server.control.droplets();
  expect(droplet).toMatchObject({
    ...{ name: `trawl-one.${request.jobId}`, size: 's-4vcpu-8gb', region: 'fra1', image: 'ubuntu-24-04-x64' },
    tags: ['trawl', 'trawl-trawl-one', 'trawl-deadline-2026-11-26'],
  });
  expect(droplet?.userData).toContain(request.enrolment.token);
});

test.each([
  ['its regions are all out', { unavailableRegions: ['fra1', 'ams3'] }, { reason: 'no-size-free', retry: 'elsewhere' }],
  ['the account may have no more', { dropletLimit: 0 }, { reason: 'droplet-limit', retry: 'later' }],
  ['too many calls were made', { requestsPerHour: 0 }, { reason: 'rate-limited', retry: 'later' }],
])('no droplet is made when %s', async (_, settings, expected) => {
  const server = await standIn(settings);
  expect(await providerOf(server).create(requests()('none'))).toMatchObject({ outcome: 'failed', ...expected });
  expect(await namesOf(server)).toEqual([]);
});

test('work for which no size is large or cheap enough goes elsewhere', async () => {
  const large = { ...requests()('large'), diskGb: 100_000 };
  expect(await providerOf(await standIn()).create(large)).toMatchObject({ outcome: 'failed', reason: 'no-size-fits', retry: 'elsewhere' });
});

test('a droplet that is still being made cannot be destroyed yet, and stays known', async () => {
  const server = await standIn({ activeAfterSeconds: 600 });
  const [provider, request] = [providerOf(server), requests()('busy')];
  const created = await provider.create(request);
  const ref = created.outcome === 'done' ? created.providerRef : undefined;
  const key = `trawl-one.${request.jobId}`;
  expect(await provider.destroy(key, ref)).toMatchObject({ outcome: 'unknown' });
  expect(await provider.probe(key, ref)).toMatchObject({
    outcome: 'found',
    worker: { key, providerRef: ref, state: 'waiting', rawState: 'new' },
  });
});

test('destroyed by name, every droplet of that name goes', async () => {
  const server = await standIn({ listLagSeconds: 0 });
  const request = requests()('double');
  const key = `trawl-one.${request.jobId}`;
  await providerOf(server).create(request);
  const body = JSON.stringify({ name: key, size: 's-1vcpu-1gb', image: 'ubuntu-24-04-x64', region: 'fra1' });
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  await fetch(`${server.url}/v2/droplets`, { method: 'POST', headers, body });
  expect(await namesOf(server)).toEqual([key, key]);
  expect(await providerOf(server).destroy(key, undefined)).toEqual({ outcome: 'done' });
  expect(await providerOf(server).find(key)).toEqual({ outcome: 'absent' });
});

test('a refused token is no absence, and no time mends it', async () => {
  const { url } = await standIn();
  const provider = dropletProvider(digitalOcean({ apiUrl: url, token: async () => 'another' }), {
    ...{ installation: 'trawl-one', regions: ['fra1'], image: 'ubuntu-24-04-x64', maxDollarsPerHour: 1 },
  });
  expect(await provider.create(requests()('refused'))).toMatchObject({ outcome: 'failed', reason: 'token-refused', retry: 'never' });
  expect(await provider.find('trawl-one.x')).toMatchObject({ outcome: 'unknown' });
  expect(await provider.probe('trawl-one.x', '5')).toMatchObject({ outcome: 'unknown' });
  expect(await provider.list()).toMatchObject({ outcome: 'unknown' });
});
