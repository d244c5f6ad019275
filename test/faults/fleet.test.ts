/** Faults of provider, collection and control plane that take their time: one installation, and most of them at once. */
import { agreeingWithArchive, filesAtHome } from '../world/demo/check-home';
import { injected } from '../run/faults/ledger';
import { aliveOf, digitalOceanOf, dropletsOf } from '../e2e/droplets/machines';
import type { Scenario } from '../e2e/droplets/scenarios';
import { begun, castOf } from '../e2e/faults/cast';
import { causesOf } from '../e2e/faults/expectations';
import { placeFor } from '../e2e/faults/place';
import { nameToTrawl } from '../e2e/faults/watched-source';
import { destinationFull, pullCut } from './fleet/collection';
import { clockSkewed, deployedMidRun, scheduledTwice } from './fleet/control';
import { addressReused, createRefused, destroyRefused, goneBeforeCopy } from './fleet/provider';

const NAMES = [
  'destroy 429',
  'destroy 404',
  'no region',
  'limit',
  'locked',
  'gone',
  'cut',
  'full',
  'schedules',
  'clock',
  'address',
  'deploy',
] as const;
type Name = (typeof NAMES)[number];

describe('the fleet', () => {
  jest.setTimeout(2_400_000);
  const place = placeFor('ministack', { name: 'fleet', droplets: true });
  const { gather, the } = castOf(NAMES);
  const played: { [name in Name]?: Promise<unknown> } = {};
  const name = (scenarios: readonly Scenario<unknown>[]): Promise<void> =>
    nameToTrawl(
      place(),
      scenarios.map(({ source }) => source),
      '--provider',
      'droplet',
    );

  beforeAll(async () => {
    await gather(place());
    await digitalOceanOf(place()).set({ dropletLimit: 30 });
    const scenarios: readonly (readonly [Name, Scenario<unknown>])[] = [
      [
        'destroy 429',
        destroyRefused(place(), the('destroy 429'), 'provider-destroy-throttled', 429, { kind: 'rate-limit', retryAfterSeconds: 1 }),
      ],
      [
        'destroy 404',
        destroyRefused(place(), the('destroy 404'), 'provider-destroy-not-found', 404, { kind: 'refuse', reason: 'not-found' }),
      ],
      ['no region', createRefused(place(), the('no region'), { kind: 'refuse', reason: 'region-unavailable' })],
      ['limit', createRefused(place(), the('limit'), { kind: 'refuse', reason: 'limit' })],
      ['locked', createRefused(place(), the('locked'), { kind: 'refuse', reason: 'forbidden' })],
      ['gone', goneBeforeCopy(place(), the('gone'))],
      ['cut', pullCut(place(), the('cut'))],
      ['full', destinationFull(place(), the('full'))],
      ['schedules', scheduledTwice(place(), the('schedules'))],
      ['clock', clockSkewed(place(), the('clock'))],
      ['address', addressReused(place(), the('address'))],
    ];
    for (const [, { arrange }] of scenarios) await arrange();
    await name(scenarios.map(([, scenario]) => scenario));
    for (const [who, { play }] of scenarios) played[who] = begun(play());
  }, 900_000);

  /** Every file at home once and as the archive has it, and no droplet left. @returns the causes of its one batch's attempts */
  const expectHome = async (who: Name): Promise<readonly string[]> => {
    const source = the(who);
    expect(await source.now()).toMatchObject({ lastRunStatus: 'complete', counts: { complete: 2, failed: 0 } });
    const files = (await filesAtHome(place().installation.cluster.root)).filter(({ accession }) => source.accessions.includes(accession));
    expect(files.map(({ accession }) => accession)).toEqual(source.accessions);
    expect(await agreeingWithArchive(files, place().installation.ena)).toEqual(files);
    expect(await aliveOf(place(), source)).toEqual([]);
    return (await causesOf(source)).flat();
  };
  const expectOneDroplet = async (who: Name): Promise<void> => {
    expect(await expectHome(who)).toEqual(['finished']);
    expect(await dropletsOf(place(), the(who))).toHaveLength(1);
  };

  it.each(['destroy 429', 'destroy 404'] as const)('asks for its end again until the provider says that it is gone (%s)', async (who) => {
    await played[who];
    await expectOneDroplet(who);
  });

  it('makes it in another region where one has no room', async () => {
    await played['no region'];
    await expectOneDroplet('no region');
    expect(await dropletsOf(place(), the('no region'))).toMatchObject([{ region: 'fra1' }]);
    injected('provider-region-full');
  });

  it('tries again later where the account has no more droplets to give', async () => {
    await played.limit;
    expect(await expectHome('limit')).toEqual(['droplet-limit', 'finished']);
    expect(await dropletsOf(place(), the('limit'))).toHaveLength(1);
    injected('provider-droplet-limit');
  });

  it('makes nothing and asks a person where the account is locked, and goes on when that is mended', async () => {
    await played.locked;
    const source = the('locked');
    expect(await source.now()).toMatchObject({ needsAttention: { reason: 'provider-refuses' } });
    expect(await dropletsOf(place(), source)).toEqual([]);
    injected('provider-account-locked');
    await source.tell('clear');
    await source.until('a second cycle', async () => (await source.now()).cycle === 2);
    await source.untilSettled(2);
    expect(await expectHome('locked')).toEqual(['token-refused', 'finished']);
  });

  it('fetches again what went with its machine before anybody copied it', async () => {
    await played.gone;
    expect(await expectHome('gone')).toEqual(['machine-gone', 'finished']);
    expect(await dropletsOf(place(), the('gone'))).toHaveLength(2);
  });

  it('pulls from a machine that has the address of an earlier one, by its own host key', async () => {
    await played.address;
    expect(await expectHome('address')).toEqual(['machine-gone', 'finished']);
    const [first, second, ...others] = await dropletsOf(place(), the('address'));
    expect({ address: second?.address, others }).toEqual({ address: first?.address, others: [] });
  });

  it.each(['cut', 'full'] as const)('goes on with a pull that broke off, and destroys nothing before (%s)', async (who) => {
    await played[who];
    await expectOneDroplet(who);
  });

  it('does everything once, however often its schedules fire', async () => {
    expect(await played.schedules).toEqual([...Array<string>(9).fill('already'), ...Array<string>(9).fill('started')]);
    await expectOneDroplet('schedules');
  });

  it('hears a worker whose clock is wrong', async () => {
    expect(await played.clock).toEqual([200, 200]);
    await expectOneDroplet('clock');
  });

  it('finishes under the old versions what began before a deploy', async () => {
    const scenario = deployedMidRun(place(), the('deploy'));
    await scenario.arrange();
    await name([scenario]);
    await scenario.play();
    await expectOneDroplet('deploy');
  });
});
