import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digitalOcean } from '../../layers/adapters/digitalocean/client';
import { dropletProvider } from '../../layers/adapters/digitalocean/provider';
import type { WorkerProvider, WorkerRequest } from '../../layers/core/ports/outside';
import type { Settings } from '../world/digitalocean/control-schema';
import { SIZES } from '../world/digitalocean/recorded';
import { startDigitalOcean, type DigitalOcean } from '../world/digitalocean/server';
import { workerProviderContract } from './worker-provider';
import { waitingWorkers } from './worker-provider-requests';

const TOKEN = 'dop_v1_a-token-of-this-test';
const scratch = mkdtempSync(join(tmpdir(), 'trawl-droplets-'));
const started: DigitalOcean[] = [];
const PROMPT: Partial<Settings> = {
  ...{ boot: 'none', listLagSeconds: 0, activeAfterSeconds: 0, destroySeconds: 0 },
  ...{ dropletLimit: 1000, requestsPerMinute: 10_000 },
};

async function standIn(settings: Partial<Settings> = {}): Promise<DigitalOcean> {
  const stateDir = join(scratch, String(started.length));
  const server = await startDigitalOcean({ stateDir, token: TOKEN, settings: { ...PROMPT, ...settings } });
  started.push(server);
  return server;
}
afterAll(async () => {
  await Promise.all(started.map((server) => server.stop()));
  rmSync(scratch, { recursive: true, force: true });
});

/** As a process that has just started sees the stand-in. */
const providerOf = ({ url }: DigitalOcean, installation = 'trawl-one'): WorkerProvider =>
  dropletProvider(digitalOcean({ apiUrl: url, token: async () => TOKEN }), {
    ...{ installation, regions: ['fra1', 'ams3'], image: 'ubuntu-24-04-x64', maxDollarsPerHour: 0.3 },
  });
const requests = (): ((name: string) => WorkerRequest) => {
  const waiting = waitingWorkers();
  return (name) => ({ ...waiting(name), resources: { cpus: 4, memoryMb: 8000, timeMinutes: 10 }, diskGb: 20 });
};

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

const placeIn = (region: string, size = 's-4vcpu-8gb'): string => `ubuntu-24-04-x64/${region}/${size}`;
const namesOf = async (server: DigitalOcean): Promise<readonly string[]> =>
  (await server.control.droplets()).map(({ name }) => name).sort();

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

test('where a size is out, the next place is asked; a region that is out is asked once', async () => {
  const server = await standIn({ unavailableRegions: ['fra1'], unavailableSizes: ['s-4vcpu-8gb'] });
  expect(await providerOf(server).create(requests()('next'))).toMatchObject({ outcome: 'done' });
  expect(await server.control.droplets()).toEqual([expect.objectContaining({ region: 'ams3' })]);
  const creates = (await server.control.requests()).filter(({ operation }) => operation === 'create');
  expect(creates.map(({ status }) => status)).toEqual([422, 422, 202]);
});

test('a place is told, of what was made and of what refused before, and where the answer was lost', async () => {
  const server = await standIn({ unavailableSizes: ['s-4vcpu-8gb'] });
  const request = requests();
  const wanted = request('told');
  const made = await providerOf(server).create(wanted);
  expect(made).toMatchObject({
    outcome: 'done',
    refused: ['fra1', 'ams3'].map((region) => ({ place: placeIn(region), cause: 'size-unavailable' })),
  });
  const again = await providerOf(server).create({ ...wanted, askedBefore: true });
  expect(again).toMatchObject({ outcome: 'done', place: made.outcome === 'done' && made.place });
  await server.control.set({ unavailableSizes: [] });
  await server.control.inject({ on: 'create', fault: { kind: 'lose-reply' } });
  expect(await providerOf(server).create(request('lost'))).toMatchObject({ outcome: 'unknown', place: placeIn('fra1') });
});

test('a place that rests is never asked, one where an attempt failed last, and where all rest it waits', async () => {
  const server = await standIn();
  const [create, request] = [providerOf(server).create, requests()];
  const rather = { places: [], ratherNot: [placeIn('fra1')] };
  const first = await create({ ...request('rather'), avoid: rather });
  expect(first).toMatchObject({ place: placeIn('ams3') });
  const resting = await create({ ...request('rests'), avoid: { ...rather, places: [placeIn('ams3')] } });
  expect(resting).toMatchObject({ outcome: 'done' });
  expect(resting).not.toMatchObject({ place: placeIn('ams3') });
  const places = SIZES.flatMap(({ slug: size }) => ['fra1', 'ams3'].map((region) => placeIn(region, size)));
  expect(await create({ ...request('all'), avoid: { places, ratherNot: [] } })).toMatchObject({ reason: 'places-resting', retry: 'later' });
  expect(await namesOf(server)).toHaveLength(2);
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
