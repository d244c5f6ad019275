import { aliveOf, dropletsOf } from './droplets/machines';
import { createLost, takenAway } from './droplets/scenarios';
import { crashesIn, disturb, unlike } from './faults/crashes';
import { begun } from './faults/cast';
import { causesOf, expectMendedAlone } from './faults/expectations';
import { placeFor } from './faults/place';
import { executionAborted, nextflowKilled } from './faults/scenarios';
import { nameToTrawl, newSource, type WatchedSource } from './faults/watched-source';
import { injected } from '../run/faults/ledger';

describe('faults that the emulator itself has a part in, on the reference', () => {
  jest.setTimeout(1_200_000);
  const place = placeFor('localstack', { droplets: true, crashes: true });
  let ended: Promise<readonly object[]>;
  let disturbed: readonly WatchedSource[] = [];

  beforeAll(async () => {
    const undisturbed = await newSource(place(), 5, 1);
    await nameToTrawl(place(), [undisturbed]);
    // For every n: npm run faults.
    disturbed = await disturb(place(), { first: 6, ns: [1, 5, 9, 13] });
    ended = begun(unlike(place(), { undisturbed, sources: disturbed }));
  }, 120_000);

  it('takes up a job whose Nextflow was killed, and settles the batch of an execution that was aborted', async () => {
    const [one, other] = [await newSource(place(), 1), await newSource(place(), 2)];
    const kill = nextflowKilled(place(), one);
    const abort = executionAborted(place(), other);
    await Promise.all([kill.arrange(), abort.arrange()]);
    await nameToTrawl(place(), [one, other]);
    const [, aborted] = await Promise.all([kill.play(), abort.play()]);
    await expectMendedAlone(place(), one);
    expect(await causesOf(one)).toEqual([['nextflow-died', 'finished']]);
    expect(aborted).toEqual({ batchStatus: 'cancelled', workerStatus: 'gone', attention: undefined });
    await expectMendedAlone(place(), other);
    expect((await other.batches()).map(({ status }) => status)).toEqual(['cancelled', 'complete']);
  });

  it('brings results home from droplets, also when one is taken away or the reply of its create is lost', async () => {
    const [one, other] = [await newSource(place(), 3), await newSource(place(), 4)];
    const away = takenAway(place(), one);
    const lost = createLost(place(), other);
    await Promise.all([away.arrange(), lost.arrange()]);
    await nameToTrawl(place(), [one, other], '--provider', 'droplet');
    await Promise.all([away.play(), lost.play()]);
    expect(await causesOf(one)).toEqual([['machine-gone', 'finished']]);
    // What was taken away had to be fetched again; the other's files were fetched once.
    await expectMendedAlone(place(), other);
    expect(await dropletsOf(place(), other)).toHaveLength(1);
    for (const source of [one, other]) {
      expect(await source.now()).toMatchObject({ lastRunStatus: 'complete', counts: { complete: 2, failed: 0 } });
      expect(await aliveOf(place(), source)).toEqual([]);
    }
  });
  it('has the same end and history, after whichever of some effects the functions of a batch end', async () => {
    expect(await ended).toEqual([]);
    injected('control-function-ended', crashesIn(place(), disturbed).length);
    for (const source of disturbed) await expectMendedAlone(place(), source);
  });
});
