/** A function's process ends right after its n-th effect, for every n, on the deployed stack; Step Functions and workers try again. */
import { injected } from '../run/faults/ledger';
import { crashesIn, disturb, mostEffects, unlike } from '../e2e/faults/crashes';
import { expectMendedAlone } from '../e2e/faults/expectations';
import { placeFor } from '../e2e/faults/place';
import { nameToTrawl, newSource, type WatchedSource } from '../e2e/faults/watched-source';

const upTo = (most: number): readonly number[] => Array.from({ length: most }, (_, at) => at + 1);

describe('functions that end in the middle', () => {
  jest.setTimeout(3_600_000);
  const place = placeFor('localstack', { name: 'crashes', crashes: true, workers: 6 });
  const undisturbedSource = async (number: number): Promise<WatchedSource> => {
    const source = await newSource(place(), number, 1);
    await nameToTrawl(place(), [source]);
    await source.untilSettled();
    return source;
  };

  it('has the same end and history, after whichever effect each function of a batch at the cluster ends', async () => {
    const undisturbed = await undisturbedSource(1);
    const sources = await disturb(place(), { first: 2, ns: upTo(mostEffects(place(), undisturbed)) });
    expect(await unlike(place(), { undisturbed, sources })).toEqual([]);
    for (const source of sources) await expectMendedAlone(place(), source);
    injected('control-function-ended-each', crashesIn(place(), sources).length);
  });
});
