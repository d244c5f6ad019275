import { injected } from '../run/faults/ledger';
import { aliveOf, dropletOf, dropletsOf, freezeWork, untilFetched } from '../e2e/droplets/machines';
import { reportAtHome } from '../e2e/droplets/scenarios';
import { causesOf, expectMendedAlone } from '../e2e/faults/expectations';
import { placeFor } from '../e2e/faults/place';
import { nameToTrawl, newSource } from '../e2e/faults/watched-source';

/** Ten minutes of silence are forty seconds here, which is longer than the pauses of an agent that has just begun. */
describe('a droplet that answers and says nothing', () => {
  jest.setTimeout(2_400_000);
  const place = placeFor('ministack', { name: 'silent', droplets: { silenceSeconds: 40 } });

  it('is looked at three times, swept and replaced; what was done on it came home early and is not fetched again', async () => {
    const source = await newSource(place(), 1);
    const [first = '', second = ''] = source.accessions;
    await source.stall(second);
    await nameToTrawl(place(), [source], '--provider', 'droplet');
    const made = await dropletOf(place(), source);
    await untilFetched(source, made, first);
    await source.untilAsked(second);
    expect(freezeWork(made)).toBeGreaterThan(1);
    injected('worker-silent');
    await source.untilSettled();
    await expectMendedAlone(place(), source);
    expect(await causesOf(source)).toEqual([['agent-silent', 'finished']]);
    const early = [1, 2, 3].map((number) => reportAtHome(place(), `${source.worker()}.early-${number}`));
    expect(early).toMatchObject(early.map(() => ({ kind: 'sweep', result: 'finished', word: { jobId: source.job() } })));
    expect(early[0]).toMatchObject({ runs: [{ accession: first, result: 'verified' }] });
    expect(early[1]).toMatchObject({ runs: [] });
    expect(await dropletsOf(place(), source)).toHaveLength(2);
    expect(await aliveOf(place(), source)).toEqual([]);
  });
});
