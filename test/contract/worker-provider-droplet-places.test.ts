import { SIZES } from '../world/digitalocean/recorded';
import { namesOf, providerOf, requests, standIn } from './droplet-fixture';

const placeIn = (region: string, size = 's-4vcpu-8gb'): string => `ubuntu-24-04-x64/${region}/${size}`;

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
