import { agreeingWithArchive, filesAtHome } from '../world/demo/check-home';
import { injected } from '../run/faults/ledger';
import { aliveOf, dropletOf, dropletsOf, met, untilFetched, type Made } from './droplets/machines';
import { expectNoSecrets, expectPulledByJob } from './droplets/no-secrets';
import { pageStory } from './droplets/page';
import {
  bornAfterWindow,
  createLost,
  hostKeyChanged,
  neverActive,
  reportAtHome,
  takenAway,
  truncated,
  watched,
  type Scenario,
  type Watched,
} from './droplets/scenarios';
import { begun, castOf } from './faults/cast';
import { causesOf, expectMendedAlone } from './faults/expectations';
import { placeFor } from './faults/place';
import { nameToTrawl } from './faults/watched-source';
import { cliJson } from './support/cli';

const NAMES = [
  'watched',
  'taken away',
  'never active',
  'reply lost',
  'late',
  'after the window',
  'truncated',
  'host key',
  'head away',
  'page',
] as const;
type Name = (typeof NAMES)[number];

describe('droplets', () => {
  jest.setTimeout(1_200_000);
  const place = placeFor('ministack', { name: 'droplets', droplets: true });
  const { gather, the } = castOf(NAMES);
  const played: { [name in Name]?: Promise<unknown> } = {};

  beforeAll(async () => {
    await gather(place());
    const scenarios: readonly (readonly [Name, Scenario<unknown>])[] = [
      ['watched', watched(place(), the('watched'))],
      ['taken away', takenAway(place(), the('taken away'))],
      ['never active', neverActive(place(), the('never active'))],
      ['reply lost', createLost(place(), the('reply lost'))],
      ['late', createLost(place(), the('late'), 15)],
      ['after the window', bornAfterWindow(place(), the('after the window'))],
      ['truncated', truncated(place(), the('truncated'))],
      ['host key', hostKeyChanged(place(), the('host key'))],
    ];
    for (const [, { arrange }] of scenarios) await arrange();
    await nameToTrawl(
      place(),
      scenarios.map(([, { source }]) => source),
      '--provider',
      'droplet',
    );
    for (const [name, { play }] of scenarios) played[name] = begun(play());
  }, 900_000);

  /** Every file at home once and as the archive has it; nobody was asked; no droplet left, and never two at one time for a batch. */
  const expectHome = async (name: Name): Promise<void> => {
    const source = the(name);
    expect(await source.now()).toMatchObject({ lastRunStatus: 'complete', counts: { complete: 2, failed: 0 } });
    const files = (await filesAtHome(place().installation.cluster.root)).filter(({ accession }) => source.accessions.includes(accession));
    expect(files.map(({ accession }) => accession)).toEqual(source.accessions);
    expect(await agreeingWithArchive(files, place().installation.ena)).toEqual(files);
    expect(await aliveOf(place(), source)).toEqual([]);
  };

  it('fetches on a droplet that holds no secret, pulled by a Slurm job through rrsync over ssh', async () => {
    const seen = (await played.watched) as Watched;
    const source = the('watched');
    await expectMendedAlone(place(), source);
    await expectHome('watched');
    await expectNoSecrets(place(), source, seen);
    await expectPulledByJob(place(), source, seen);
  });

  it('starts again on another droplet when one is taken away in mid-job', async () => {
    await played['taken away'];
    await expectHome('taken away');
    expect(await causesOf(the('taken away'))).toEqual([['machine-gone', 'finished']]);
    expect(await dropletsOf(place(), the('taken away'))).toHaveLength(2);
  });

  it.each(['reply lost', 'late'] as const)('makes no second droplet when the reply of a create is lost (%s)', async (name) => {
    await played[name];
    expect(await met(place(), 'lose-reply')).toBeGreaterThan(0);
    injected('provider-create-reply-lost');
    await expectMendedAlone(place(), the(name));
    await expectHome(name);
    expect(await dropletsOf(place(), the(name))).toHaveLength(1);
  });

  it('gives the batch another droplet when one is born after the window of a minute, and removes the late one', async () => {
    await played['after the window'];
    const source = the('after the window');
    await expectHome('after the window');
    expect(await causesOf(source)).toEqual([['machine-absent', 'finished']]);
    await source.until('the late birth, and its end', async () => {
      const made = await dropletsOf(place(), source);
      return made.length === 2 && made.every(({ status }) => status === 'destroyed');
    });
  });

  it("refuses a file that was cut, against the archive's md5, and fetches only that again", async () => {
    await played.truncated;
    const source = the('truncated');
    await expectHome('truncated');
    const [first = '', second = ''] = source.accessions;
    expect(reportAtHome(place(), `${source.worker()}.sweep-1`)).toMatchObject({
      runs: expect.arrayContaining([
        expect.objectContaining({ accession: first, result: 'refused', reason: 'size-mismatch' }),
        expect.objectContaining({ accession: second, result: 'verified' }),
      ]) as unknown,
    });
    const asked = (await place().installation.ena.requests()).filter(
      ({ method, path }) => method === 'GET' && path === source.pathOf(second),
    );
    expect(asked).toHaveLength(1);
  });

  it('pulls nothing from a machine whose host key has changed: held, shown with its cost, and let go by a person', async () => {
    const made = (await played['host key']) as Made;
    const source = the('host key');
    expect((await source.now()).needsAttention).toMatchObject({
      reason: 'results-held',
      detail: expect.stringContaining('host-key-changed') as string,
    });
    expect(await aliveOf(place(), source)).toMatchObject([{ id: made.id }]);
    const held = await cliJson(place().installation, 'hold', 'list');
    expect(held).toContainEqual(
      expect.objectContaining({
        workerId: source.worker(),
        reason: 'host-key-changed',
        dollarsPerHour: expect.any(Number) as number,
        reproducible: true,
      }),
    );
    await cliJson(place().installation, 'hold', 'give-up', source.worker(), '--yes');
    await source.until('the end of its droplet', async () => (await aliveOf(place(), source)).length === 0);
    await source.tell('clear');
    await source.until('a second cycle', async () => (await source.now()).cycle === 2);
    await source.untilSettled(2);
    await expectHome('host key');
  });

  it('replaces a droplet that never becomes active, and removes it', async () => {
    await played['never active'];
    await expectHome('never active');
    expect((await causesOf(the('never active'))).flat().at(-1)).toBe('finished');
    injected('provider-never-active', await met(place(), 'never-active'));
    expect(await dropletsOf(place(), the('never active'))).toHaveLength(2);
  });

  it('waits out two minutes without the head node during a sweep, and destroys nothing before it is home', async () => {
    const source = the('head away');
    await source.slow(source.accessions[1] ?? '', 20);
    await nameToTrawl(place(), [source], '--provider', 'droplet');
    const made = await dropletOf(place(), source);
    await untilFetched(source, made, source.accessions[0] ?? '');
    const { faults } = place().installation.cluster;
    await faults.stopSshd();
    injected('collection-head-away');
    try {
      await new Promise((wake) => setTimeout(wake, 120_000));
      expect(await aliveOf(place(), source)).toMatchObject([{ id: made.id }]);
      expect(await source.jobNow()).toMatchObject({ status: 'finished' });
    } finally {
      await faults.startSshd();
    }
    await source.untilSettled();
    await expectMendedAlone(place(), source);
    await expectHome('head away');
    expect(await dropletsOf(place(), source)).toHaveLength(1);
  });

  describe('the status page', () =>
    pageStory(
      () => place().installation,
      () => the('page'),
    ));

  it('leaves no droplet, worker or reservation behind', async () => {
    const { stores, installation } = place();
    expect((await installation.digitalOcean?.droplets())?.filter(({ status }) => status !== 'destroyed')).toEqual([]);
    // A machine that is asked to end is looked for once a minute.
    await the('page').until('the end of every worker', async () => (await stores.workers.alive()).length === 0);
    expect((await stores.workers.counters()).filter(({ workers, bytes }) => workers !== 0 || bytes !== 0)).toEqual([]);
  });
});
