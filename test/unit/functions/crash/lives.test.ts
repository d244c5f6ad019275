/** The handlers of process-batch, sweep-results, publish-source, heartbeat and the callback route, in the order of their machines' own text. */
import { differences, essenceOf, type End } from './ends';
import { everyDeath, type Case } from './every-death';

/**
 * The intent of a create stands, the create was never sent: nobody can know that, so the provider is looked at and never asked again for this attempt. One
 * machine is made all the same, by the next.
 */
const isLostIntent = ({ death, effect, end }: Case): boolean =>
  death.fn === 'ProvisionWorker' && effect === 'stores.jobs.note' && end.batch?.causes[0] === 'machine-absent';
const isSameInEssence = (end: End, other: End): object | undefined => differences(essenceOf(end), essenceOf(other));

test.each(['slurm', 'droplet'] as const)(
  'a batch at %s has the same end and history, wherever a process ends once',
  async (provider) => {
    let lostIntents = 0;
    const wrong = await everyDeath({ provider, deaths: 1 }, (one, { end }) => {
      if (!isLostIntent(one)) return differences(one.end, end);
      lostIntents += 1;
      return isSameInEssence(one.end, end);
    });
    expect(wrong).toEqual([]);
    expect(lostIntents).toBe(provider === 'droplet' ? 1 : 0);
  },
  300_000,
);
