/** Two installations side by side: the same emulator, cluster and account, the same studies, so that batches and jobs are named alike in both. */
import { agreeingWithArchive, filesAtHome } from '../world/demo/check-home';
import { injected, tallied } from '../run/faults/ledger';
import { takeAway } from '../e2e/droplets/machines';
import { causesOf } from '../e2e/faults/expectations';
import { placeFor, type Place } from '../e2e/faults/place';
import { reapTwice } from '../e2e/faults/reaper';
import { nameToTrawl, newSource, type WatchedSource } from '../e2e/faults/watched-source';
import {
  CAPS,
  deliver,
  jobsOf,
  livingOf,
  machinesOf,
  orphanOf,
  OVERRIDES,
  sameStudy,
  secondBeside,
  type Second,
  type Twice,
} from './neighbours/pair';

const AT_DROPLET = ['--provider', 'droplet'] as const;
const AT_CLUSTER = ['--provider', 'slurm'] as const;

describe('two installations side by side', () => {
  jest.setTimeout(2_400_000);
  const first = placeFor('ministack', { name: 'twins', droplets: true, overrides: OVERRIDES });
  let second: Second;
  let away: Twice;
  let near: Twice;
  const places = (): readonly Place[] => [first(), second.place];

  beforeAll(async () => {
    second = await secondBeside(first());
    await first().installation.digitalOcean?.set({ dropletLimit: 30 });
    away = await sameStudy(first(), second.place, 1, 4);
    near = await sameStudy(first(), second.place, 2, 2);
  }, 600_000);
  afterAll(() => second.end(), 60_000);

  /** Complete in one attempt a batch, at its own home, and nobody was asked. */
  async function expectHome(place: Place, source: WatchedSource): Promise<void> {
    await source.untilSettled();
    expect(await source.now()).toMatchObject({ lastRunStatus: 'complete', counts: { complete: source.accessions.length, failed: 0 } });
    expect(new Set((await causesOf(source)).flat())).toEqual(new Set(['finished']));
    const { cluster, ena } = place.installation;
    const files = (await filesAtHome(cluster.root)).filter(({ accession }) => source.accessions.includes(accession));
    expect(files.map(({ accession }) => accession)).toEqual(source.accessions);
    expect(await agreeingWithArchive(files, ena)).toEqual(files);
    const { items } = await place.stores.events.ofSource(source.sourceId, { limit: 500 });
    expect(items.filter(({ type }) => type === 'attention-raised')).toEqual([]);
  }

  it("work beside each other, each at its own caps, and no reaper touches what is the other one's", async () => {
    for (const place of places()) {
      await nameToTrawl(place, [place === first() ? away.one : away.other], ...AT_DROPLET);
      await nameToTrawl(place, [place === first() ? near.one : near.other], ...AT_CLUSTER);
    }
    const atCaps = async (place: Place): Promise<boolean> =>
      (await livingOf(place)).length === CAPS.providers.droplet && (await jobsOf(place)).length === CAPS.providers.slurm;
    await away.one.until('both at their caps', async () => (await atCaps(first())) && (await atCaps(second.place)));
    const orphans = [await orphanOf(first()), await orphanOf(second.place)];
    const before = [await livingOf(first()), await livingOf(second.place)];
    expect(before.map((names, at) => names.includes(orphans[at] ?? ''))).toEqual([true, true]);
    injected('control-neighbour-alive');
    for (const study of [away, near]) await deliver(study);

    expect(await reapTwice(first())).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    await away.one.until('the end of its orphan', async () => !(await livingOf(first())).includes(orphans[0] ?? ''));
    expect((await livingOf(second.place)).includes(orphans[1] ?? '')).toBe(true);
    expect(await reapTwice(second.place)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    await away.other.until('the end of its orphan', async () => !(await livingOf(second.place)).includes(orphans[1] ?? ''));

    await expectHome(first(), away.one);
    await expectHome(second.place, away.other);
    await expectHome(first(), near.one);
    await expectHome(second.place, near.other);
    for (const place of places()) {
      expect((await machinesOf(place)).map(({ status }) => status)).toEqual(Array<string>(CAPS.providers.droplet + 1).fill('destroyed'));
      expect(await place.stores.workers.alive()).toEqual([]);
      const acted = (await place.stores.reaps.report())?.acted ?? [];
      expect(acted.map(({ kind }) => kind)).toEqual(['orphan-machine']);
    }
  });

  it('goes on when the other one is uninstalled, and leaves alone what that one has left behind', async () => {
    tallied({
      installation: second.installation.name,
      lost: [],
      leaked: [...(await livingOf(second.place)), ...(await jobsOf(second.place))],
    });
    const source = await newSource(first(), 3, 2);
    await source.slow(source.accessions[1] ?? '', 90);
    await nameToTrawl(first(), [source], ...AT_DROPLET);
    await source.untilAsked(source.accessions[1] ?? '');
    const leftBehind = await orphanOf(second.place, 2);
    await second.end();
    await second.installation.uninstall();
    injected('control-neighbour-gone');
    expect(await reapTwice(first())).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect((await first().stores.reaps.report())?.marks).toEqual([]);
    await expectHome(first(), source);
    const another = await newSource(first(), 4, 2);
    await nameToTrawl(first(), [another], ...AT_CLUSTER);
    await expectHome(first(), another);
    expect(await livingOf(second.place)).toEqual([leftBehind]);
    for (const made of await machinesOf(second.place)) if (made.name === leftBehind) await takeAway(first(), made);
  });
});
