/** A function's process ends right after its n-th effect, for every n, on the deployed stack with droplets: those of a batch there, and the reaper. */
import { injected } from '../run/faults/ledger';
import { crashesIn, crashLines, disturb, mostEffects, unlike } from '../e2e/faults/crashes';
import { aliveOf, digitalOceanOf, dropletsOf } from '../e2e/droplets/machines';
import { causesOf, expectMendedAlone } from '../e2e/faults/expectations';
import { placeFor } from '../e2e/faults/place';
import { nameToTrawl, newSource, type WatchedSource } from '../e2e/faults/watched-source';
import { endOfRound, reaped, reaperCrashes, type Round } from './crashes/reaper';

const upTo = (most: number): readonly number[] => Array.from({ length: most }, (_, at) => at + 1);
const AT_DROPLET = ['--provider', 'droplet'] as const;
/** The intent of a create stands and the create was never sent: nobody can know that, so this attempt asks for no machine again. */
const INTENT_LOST = 'machine-absent';

describe('functions that end in the middle of what concerns droplets', () => {
  jest.setTimeout(3_600_000);
  // The reaper comes when it is called, so that it is known what it does in which cycle.
  const place = placeFor('localstack', {
    name: 'crashes-droplets',
    droplets: true,
    crashes: true,
    workers: 6,
    overrides: { reapEveryMinutes: 59 },
  });

  it('has the same end and history, after whichever effect each function of a batch at a droplet ends', async () => {
    const undisturbed = await newSource(place(), 1, 1);
    await nameToTrawl(place(), [undisturbed], ...AT_DROPLET);
    await undisturbed.untilSettled();
    expect(await causesOf(undisturbed)).toEqual([['finished']]);
    const sources = await disturb(place(), { first: 2, ns: upTo(mostEffects(place(), undisturbed)), flags: AT_DROPLET });
    expect(await unlike(place(), { undisturbed, sources, lostFor: [INTENT_LOST] })).toEqual([]);
    let lost = 0;
    for (const source of sources) {
      await expectMendedAlone(place(), source);
      expect(await dropletsOf(place(), source)).toHaveLength(1);
      expect(await aliveOf(place(), source)).toEqual([]);
      lost += (await causesOf(source)).flat().filter((cause) => cause === INTENT_LOST).length;
    }
    expect(lost).toBe(1);
    injected('control-function-ended-droplets', crashesIn(place(), sources).length);
  });

  /** At work on a droplet until it is let go on: the archive does not finish its file, however often it is asked. */
  const living = async (): Promise<WatchedSource> => {
    const source = await newSource(place(), 100, 1);
    const [accession = ''] = source.accessions;
    await source.stall(accession, 100);
    await nameToTrawl(place(), [source], ...AT_DROPLET);
    await source.untilAsked(accession);
    return source;
  };
  const goOn = ({ accessions: [accession = ''], deliver }: WatchedSource): Promise<void> => deliver(accession);

  it('ends and tells once what belongs to nobody and touches nothing else, after whichever effect the reaper ends', async () => {
    const neighbour = await living();
    // Machines of nobody need no life.
    await digitalOceanOf(place()).set({ boot: 'none' });
    const undisturbed = await reaped(place(), 1, 0);
    const rounds: Round[] = [];
    const ns = upTo(undisturbed.effects);
    for (const n of ns) {
      rounds.push(await reaped(place(), n + 1, n));
      if (n > 1) continue;
      expect(await aliveOf(place(), neighbour)).toHaveLength(1);
      await goOn(neighbour);
    }
    const crashes = reaperCrashes(place());
    process.stdout.write(`\n${crashLines(crashes).join('\n')}\n`);
    const end = await endOfRound(place(), undisturbed);
    expect(end).toMatchObject({ failed: [], machines: ['destroyed'], jobs: 0, batch: { causes: [['finished']] } });
    expect(end.told.map((line) => line.split(' ')[1])).toEqual(['reaped-orphan-machine', 'reaped-job-unknown']);
    for (const [at, round] of rounds.entries()) expect({ n: ns[at], ...(await endOfRound(place(), round)) }).toEqual({ n: ns[at], ...end });
    expect(crashes.map(({ n }) => n)).toEqual(ns);
    injected('control-reaper-ended-each', crashes.length);

    await neighbour.untilSettled();
    expect(await neighbour.now()).toMatchObject({ lastRunStatus: 'complete', counts: { complete: 1, failed: 0 } });
    expect(await causesOf(neighbour)).toEqual([['finished']]);
    expect(await dropletsOf(place(), neighbour)).toHaveLength(1);
    const { items: told } = await place().stores.events.ofSource(neighbour.sourceId, { limit: 500 });
    expect(told.filter(({ type }) => /^reaped-|^attention-raised$/.test(type))).toEqual([]);
    const { items } = await place().stores.events.ofSource('installation', { limit: 1_000 });
    expect(items.filter(({ type }) => type === 'counter-mended')).toHaveLength(1 + rounds.length);
    expect((await place().stores.workers.counters()).filter(({ workers, bytes }) => workers !== 0 || bytes !== 0)).toEqual([]);
  });
});
