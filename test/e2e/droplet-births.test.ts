import { doubled, isPaired, look, madePerBatch, type Seen } from './droplets/births';
import { injected } from '../run/faults/ledger';
import { digitalOceanOf, met } from './droplets/machines';
import { placeFor } from './faults/place';
import { nameToTrawl, newSource } from './faults/watched-source';

const BATCHES = 100;
const LATE = 10;

/** The window in which a droplet is looked for is two seconds here, so that births after it can be waited for; none of these boots. */
describe('a hundred creates at once, none of which is answered', () => {
  // Twenty are made in a minute, and as many ended.
  jest.setTimeout(2_400_000);
  const place = placeFor('ministack', {
    name: 'births',
    droplets: { lookUpSeconds: 2, startDeadlineSeconds: 1_200 },
    workers: BATCHES + 12,
    batchRuns: 1,
  });

  it('makes one droplet for each batch; those born after the window find a successor, and go', async () => {
    const digitalOcean = digitalOceanOf(place());
    await digitalOcean.set({ boot: 'none', dropletLimit: 300, requestsPerMinute: 1_000_000, requestsPerHour: 1_000_000 });
    await digitalOcean.inject({ on: 'create', times: BATCHES, fault: { kind: 'lose-reply' } });
    await digitalOcean.inject({ on: 'create', times: LATE, fault: { kind: 'late-birth', seconds: 86_400 } });
    const source = await newSource(place(), 1, BATCHES);
    await nameToTrawl(place(), [source], '--provider', 'droplet');
    const doubles = new Set<string>();
    const until = (what: string, done: (seen: Seen) => boolean): Promise<void> =>
      source.until(what, async () => {
        const seen = await look(place(), source);
        (await doubled(place(), seen)).forEach((name) => doubles.add(name));
        return done(seen);
      });
    await until(
      'one droplet for each batch, and ten successors',
      (seen) => seen.made.length === BATCHES + LATE && isPaired(place(), seen, BATCHES),
    );
    await digitalOcean.bear();
    await until('the end of those born late', (seen) => seen.alive.length === BATCHES && isPaired(place(), seen, BATCHES));
    const seen = await look(place(), source);
    injected('provider-create-reply-lost', await met(place(), 'lose-reply'));
    injected('provider-late-birth', await met(place(), 'late-birth'));
    expect([...doubles]).toEqual([]);
    expect(madePerBatch(seen)).toEqual([...Array<number>(BATCHES - LATE).fill(1), ...Array<number>(LATE).fill(2)]);
    const creates = (await digitalOcean.requests()).filter(({ operation }) => operation === 'create');
    expect(creates).toHaveLength(BATCHES + LATE);
    await source.tell('cancel');
    await source.until('the end of every droplet', async () => {
      const { alive, workers } = await look(place(), source);
      return alive.length === 0 && workers.length === 0;
    });
    expect((await source.batches()).every(({ status }) => status === 'cancelled')).toBe(true);
    expect((await place().stores.workers.counters()).filter(({ workers }) => workers !== 0)).toEqual([]);
  });
});
